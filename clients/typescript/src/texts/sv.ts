import type { Texts } from "./texts.js";

export const texts: Texts = {
  errors: {
    NETWORK_ERROR: [
      "HuleEdu kan inte nås",
      "Förbindelsen bröts, eller så finns det ingen.",
      "Kontrollera nätverket och försök igen.",
    ],
    DEADLINE_EXCEEDED: ["HuleEdu svarade inte i tid", "Inget svar kom i tid.", "Försök igen om en stund."],
    UNEXPECTED_ANSWER: [
      "Något annat än HuleEdu svarade",
      "En inloggningssida för nätverket eller en mellanserver svarade i stället.",
      "Se efter om nätverket kräver inloggning och försök igen.",
    ],
    "4xx": ["Begäran avvisades", "HuleEdu kan inte göra det som begärdes.", "Kontrollera uppgifterna och försök igen."],
    "5xx": ["Något gick fel", "Ett fel inträffade i HuleEdu.", "Försök igen senare; anmäl numret om felet kvarstår."],
  },
  closes: {},
  ranges: [],
  closed: "Liveförbindelsen bröts",
};
