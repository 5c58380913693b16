import { closes, errors, ranges } from "../generated/en.js";
import type { Texts } from "./texts.js";

export const texts: Texts = {
  errors: {
    ...errors,
    NETWORK_ERROR: [
      "HuleEdu can't be reached",
      "The connection was lost, or there is none.",
      "Check the network, then try again.",
    ],
    DEADLINE_EXCEEDED: ["HuleEdu took too long to answer", "No answer came in time.", "Try again in a moment."],
    UNEXPECTED_ANSWER: [
      "Something else answered than HuleEdu",
      "A network login page or a proxy answered in its place.",
      "Check whether the network asks for a login, then try again.",
    ],
    "4xx": ["The request was refused", "HuleEdu can't do what was asked.", "Check the input, then try again."],
    "5xx": ["Something went wrong", "HuleEdu failed.", "Try again later; report the number if it persists."],
  },
  closes,
  ranges,
  closed: "The live connection ended",
};
