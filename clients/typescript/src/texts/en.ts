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
    DEADLINE_EXCEEDED: [
      "HuleEdu took too long to answer",
      "No answer came in time. What you did may still have gone through.",
      "Reload the page and check before you try again.",
    ],
    UNEXPECTED_ANSWER: [
      "HuleEdu can't be reached",
      "Something else in the network answered, perhaps its login page.",
      "Check whether the network asks you to log in, then try again.",
    ],
    "4xx": ["That couldn't be done", "HuleEdu can't do what you asked for.", "Check what you filled in, then try again."],
    "5xx": errors.UNKNOWN_ERROR,
  },
  closes,
  ranges,
};
