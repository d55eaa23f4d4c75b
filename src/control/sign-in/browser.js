// What the pages on which people come in have in common.
export const element = (id) => document.getElementById(id)

export const say = (text) => {
  element('status').textContent = text
}

export const showOnly = (sections, name) => {
  for (const section of sections) element(section).hidden = section !== name
}

let csrfToken = ''
let organization = null
let memberId = null

/** The answer of every way in: what changes something carries its token, and all of it the organization. */
export const keep = (signedIn) => {
  csrfToken = signedIn.csrfToken
  memberId = signedIn.member.id
  if (signedIn.organization) organization = signedIn.organization.id
}

export const inOrganization = (named) => {
  organization = named
}

const send = async (method, path, body) => {
  const answer = await fetch(`/api/v1${path}`, {
    method,
    headers: {
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(organization === null ? {} : { 'ostiary-organization': organization }),
      ...(method === 'GET' || csrfToken === '' ? {} : { 'ostiary-csrf': csrfToken }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    credentials: 'same-origin',
    cache: 'no-store',
  })
  const value = await answer.json()
  return answer.ok ? { ok: true, value } : { ok: false, problem: value }
}

const somebodyElse = {
  status: 403,
  code: 'cross_site',
  detail: 'Somebody else has signed in in this browser meanwhile. Load this page again to go on as that person.',
}

const unreachable = {
  status: 0,
  code: 'unreachable',
  detail: 'Ostiary did not answer. Look whether it is running, then try again.',
}

/** `POST /sessions` and what goes with it; a refusal is a value, also where nobody answers. */
export const ask = async (line, body) => {
  const [method, path] = line.split(' ')
  try {
    const answer = await send(method, path, body)
    if (answer.ok || answer.problem.code !== 'cross_site' || method === 'GET') return answer
    // Another tab has signed in meanwhile: the cookie is a new one, and its token another.
    const now = await send('GET', '/sessions/current')
    if (!now.ok) return answer
    // What one person began is never done as another: neither the sign-out nor a code that is another one's.
    if (memberId !== null && memberId !== now.value.member.id) return { ok: false, problem: somebodyElse }
    csrfToken = now.value.csrfToken
    return await send(method, path, body)
  } catch {
    return { ok: false, problem: unreachable }
  }
}

/** All that a person can do about a refusal stands in its sentences. */
export const sentence = ({ detail, title, errors }) =>
  [
    detail ?? title ?? 'This did not work.',
    ...(errors ?? []).map((error) => `${wordOf(error.pointer)} ${error.detail}.`),
  ].join(' ')

const wordOf = (pointer) => {
  const word = pointer.split('/').pop().replace('?', '')
  return `${word.slice(0, 1).toUpperCase()}${word.slice(1)}`
}

/**
 * A path of this very origin: whoever made the link that somebody follows must not choose where he is afterwards.
 * Browsers read `//host` and `/\host` as another host, and pass over control characters while they read.
 */
export const returnTo = (search, home = '/dashboard/') => {
  const asked = new URLSearchParams(search).get('returnTo') ?? ''
  return asked.length <= 1024 && /^\/(?![/\\])[\x21-\x5b\x5d-\x7e]*$/.test(asked) ? asked : home
}

/** The code behind #, which browsers send to nobody; from here on neither address nor history has it. */
export const takeCode = (path) => {
  const code = location.hash.slice(1)
  if (code !== '') history.replaceState(null, '', path)
  return code
}

/** Runs once at a time: who presses twice asks once. */
export const onSubmit = (form, work) => {
  element(form).addEventListener('submit', async (event) => {
    event.preventDefault()
    await busy(`${form}-button`, work)
  })
}

export const onPress = (button, work) => {
  element(button).addEventListener('click', () => busy(button, work))
}

const busy = async (button, work) => {
  if (element(button).disabled) return
  element(button).disabled = true
  say('')
  try {
    await work()
  } finally {
    element(button).disabled = false
  }
}
