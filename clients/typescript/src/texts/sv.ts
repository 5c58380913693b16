import { closes, errors, ranges } from "../generated/sv.js";
import type { Texts } from "./texts.js";

export const texts: Texts = {
  errors: {
    ...errors,
    NETWORK_ERROR: [
      "HuleEdu går inte att nå",
      "Anslutningen bröts, eller så finns det ingen.",
      "Kontrollera nätverket och försök igen.",
    ],
    DEADLINE_EXCEEDED: [
      "HuleEdu svarade inte i tid",
      "Inget svar kom i tid. Det du gjorde kan ändå ha gått igenom.",
      "Ladda om sidan och kontrollera innan du försöker igen.",
    ],
    UNEXPECTED_ANSWER: [
      "HuleEdu går inte att nå",
      "Något annat i nätverket svarade, kanske dess inloggningssida.",
      "Se efter om nätverket vill att du loggar in och försök igen.",
    ],
    "4xx": [
      "Det gick inte att genomföra",
      "HuleEdu kan inte göra det du bad om.",
      "Kontrollera det du har fyllt i och försök igen.",
    ],
    "5xx": errors.UNKNOWN_ERROR,
  },
  closes,
  ranges,
};
