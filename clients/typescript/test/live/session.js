// A teacher's login, as a page has it.
export async function logIn(gateway, email, password) {
  let tokens;
  const post = async (path, body) => {
    const headers = { "Content-Type": "application/json", ...(tokens && { Authorization: `Bearer ${tokens.access_token}` }) };
    const answer = await fetch(gateway + path, { method: "POST", headers, body: body && JSON.stringify(body) });
    const told = await answer.json();
    if (answer.ok) return told;
    throw Object.assign(new Error(told.error.message), { status: answer.status, reason: told.error.details.reason });
  };
  const logIn = async () => {
    tokens = await post("/v1/auth/login", { email, password });
  };
  let renewing;
  const renew = () =>
    (renewing ??= post("/v1/auth/refresh", { refresh_token: tokens.refresh_token })
      .then((told) => (tokens = { ...tokens, ...told }).access_token)
      .finally(() => (renewing = undefined)));
  const postSurely = (path, body) =>
    post(path, body).catch(async (error) => {
      if (error.status !== 401) throw error;
      await (error.reason === "token_expired" ? renew() : logIn());
      return post(path, body);
    });
  await logIn();
  return {
    renew,
    ticket: () => postSurely("/v1/ws/tickets"),
    newClass: (name) => postSurely("/v1/classes", { name, course_codes: ["ENG5"] }),
  };
}

export const sleep = (ms) => new Promise((done) => setTimeout(done, ms));

/** Waits until `holds` does, at most a minute; returns whether it does. */
export async function until(holds) {
  for (const end = Date.now() + 60_000; !holds() && Date.now() < end; ) await sleep(10);
  return holds();
}

/** Creates classes named 0, 1, 2, … until `stop` is called, which returns how many there are. */
export function creating(teacher) {
  let made = 0, going = true;
  const done = (async () => {
    for (; going; made += 1) await teacher.newClass(String(made));
  })();
  return {
    stop: async () => {
      going = false;
      await done;
      return made;
    },
  };
}

/** What of `made` classes is missing among `names`, and what is there twice. */
export const counted = (names, made) => ({ made, lost: made - new Set(names).size, twice: names.length - new Set(names).size });
