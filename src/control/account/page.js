import { ask, element, inOrganization, keep, onPress, onSubmit, say, sentence } from '/sign-in/browser.js'
import { openFactor } from './second-factor.js'

/** Named in the address, so that two tabs may show two organizations. */
const asked = new URLSearchParams(location.search).get('organization')
const toSignIn = () => location.replace(`/sign-in?returnTo=${encodeURIComponent(location.pathname + location.search)}`)

const when = (iso) => new Date(iso).toLocaleString()

/** One line with its button; what others called themselves is text and never markup. */
const line = (text, word, label, press) => {
  const [item, said, button] = ['li', 'span', 'button'].map((name) => document.createElement(name))
  said.textContent = text
  button.textContent = word
  button.type = 'button'
  button.className = 'quiet'
  button.setAttribute('aria-label', label)
  button.addEventListener('click', press)
  item.append(said, button)
  return item
}

const showWho = ({ member, organization, others }) => {
  element('name').textContent = member.name
  element('address').textContent = member.email
  element('in').textContent = organization.name
  element('role').textContent = member.role
  element('username').value = member.email
  const items = others.map(({ slug, name }) =>
    line(name, 'Switch', `Switch to ${name}`, () =>
      location.assign(`/account?organization=${encodeURIComponent(slug)}`),
    ),
  )
  element('others-list').replaceChildren(...items)
  element('others').hidden = items.length === 0
  element('sign-out-everywhere').hidden = items.length === 0
  element('who').hidden = false
}

const showSessions = async () => {
  const answer = await ask('GET /sessions?limit=200')
  if (!answer.ok) return say(sentence(answer.problem))
  const items = answer.value.items.map((session) => {
    const what = `${browserName(session.userAgent)}, ${session.address ?? 'address unknown'}, last used ${when(session.lastUsedAt)}`
    const text = session.current ? `This browser: ${what}` : what
    return line(text, session.current ? 'Sign out' : 'End', `End the session: ${what}`, () =>
      session.current ? signOut('') : end(session.id),
    )
  })
  element('sessions-list').replaceChildren(...items)
  element('sessions').hidden = false
}

const end = async (id) => {
  const answer = await ask(`DELETE /sessions/${id}`)
  say(answer.ok ? 'That browser is signed out.' : sentence(answer.problem))
  await showSessions()
  element('sessions-title').focus()
}

/** Enough to tell one's own browsers apart. */
const browserName = (agent) => {
  const system = /Windows|Android|iPhone|iPad|Mac OS|Linux/.exec(agent)?.[0] ?? 'unknown system'
  const name = /Edg|Firefox|Chrome|Safari/.exec(agent)?.[0] ?? 'Another browser'
  return `${name === 'Edg' ? 'Edge' : name} on ${system === 'Mac OS' ? 'macOS' : system}`
}

const signOut = async (query) => {
  const answer = await ask(`DELETE /sessions/current${query}`)
  if (!answer.ok && answer.problem.code !== 'not_signed_in') return say(sentence(answer.problem))
  const elsewhere = answer.ok ? answer.value.endSessionUrl : null
  location.replace(/^https?:\/\//.test(elsewhere ?? '') ? elsewhere : '/sign-in')
}

onPress('sign-out', () => signOut(''))
onPress('sign-out-everywhere', () => signOut('?everywhere=true'))
onSubmit('change', async () => {
  const answer = await ask('POST /me/password', { current: element('current').value, password: element('new').value })
  element('current').value = ''
  element('new').value = ''
  if (!answer.ok) return say(sentence(answer.problem))
  keep(answer.value)
  say('The password is changed. Every other browser of yours is signed out.')
  await showSessions()
})

/** Where the second factor is still missing nothing else is open, so nothing else is shown. */
const open = async () => {
  if (asked !== null) inOrganization(asked)
  const current = await ask('GET /sessions/current')
  if (!current.ok)
    return current.problem.status === 401 || current.problem.status === 404
      ? toSignIn()
      : say(sentence(current.problem))
  keep(current.value)
  showWho(current.value)
  const isWaiting = current.value.secondFactor === 'needed'
  const factor = await openFactor({ isWaiting, onChange: open })
  if (isWaiting && factor === 'on') return toSignIn()
  if (isWaiting) return
  const options = await ask(`GET /sign-in/options?organization=${encodeURIComponent(current.value.organization.slug)}`)
  element('password').hidden = options.ok && options.value.passwords === 'off'
  await showSessions()
}
open()
