// The code stands behind # because browsers send that part to nobody; it leaves in the one POST below.
const element = (id) => document.getElementById(id)
const sections = ['ready', 'shown', 'used', 'missing']
const say = (text) => {
  element('status').textContent = text
}
const show = (name) => {
  for (const section of sections) element(section).hidden = section !== name
}

const code = location.hash.slice(1)
let isCopied = false
/** Signed in: then a token that was not copied is no loss, since the dashboard makes another one. */
let isInside = false

// One list: pasted as lines of their own, the second line would be taken for the token that the first asks for.
const commands = (server) =>
  [
    `export OSTIARY_URL=${server}`,
    "printf 'Token: ' && read -rs OSTIARY_TOKEN && export OSTIARY_TOKEN && echo",
    'npm run -s ostiary -- servers add everything -- npx -y @modelcontextprotocol/server-everything',
    'npm run -s ostiary -- keys create "My first key" --servers everything',
  ].join(' &&\n')

/** True when it is in the clipboard. The button says so itself, because that is where people look. */
const copy = async (from, button) => {
  const said = element(`${button}-said`)
  said.textContent = ''
  try {
    await navigator.clipboard.writeText(element(from).textContent ?? '')
    said.textContent = 'Copied.'
    return true
  } catch {
    // Without a secure context there is no clipboard: select, so that Ctrl+C does it.
    getSelection()?.selectAllChildren(element(from))
    said.textContent = 'It is selected: press Ctrl+C or ⌘C.'
    return false
  }
}

const buttons = ['show', 'enter']
const wait = (isWaiting) => {
  for (const button of buttons) element(button).disabled = isWaiting
}

/** `person`: who signs in from now on; without one it is the token alone. */
const redeem = async (person) => {
  wait(true)
  say('')
  try {
    const answer = await fetch('/api/v1/setup', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ code, ...person }),
      // Only with these the browser keeps the cookie of whoever signs in.
      credentials: person === undefined ? 'omit' : 'same-origin',
      cache: 'no-store',
    })
    const body = await answer.json()
    if (!answer.ok) return refused(body)
    // From here on the address carries no code any more, so that history keeps nothing and a reload tells the truth.
    history.replaceState(null, '', '/setup#used')
    element('password').value = ''
    isInside = body.session !== undefined
    element('inside').hidden = !isInside
    element('signed-in').textContent = isInside ? `You are signed in as ${body.member.email}.` : ''
    element('token').textContent = body.secret
    element('commands').textContent = commands(location.origin)
    show('shown')
    element(isInside ? 'inside-title' : 'shown-title').focus()
  } catch {
    say('Ostiary did not answer. Look whether it is running, then try again.')
    wait(false)
  }
}

const words = { '/email': 'E-mail address', '/name': 'Name', '/password': 'Password' }

const refused = (problem) => {
  wait(false)
  if (problem.status >= 500 || problem.status === 429) return say(`${problem.detail} Try again in a moment.`)
  if (problem.status === 422) return wrong(problem)
  history.replaceState(null, '', '/setup#used')
  show('used')
  say(problem.detail)
}

/** The link is good as before: only what was typed is not. */
const wrong = ({ detail, errors = [] }) => {
  const [first] = errors.filter(({ pointer }) => pointer in words)
  say(first === undefined ? detail : `${words[first.pointer]} ${first.detail}.`)
  if (first !== undefined) element(first.pointer.slice(1)).focus()
}

const typed = () => {
  const [email, name, password] = ['email', 'name', 'password'].map((field) => element(field).value)
  return { email, ...(name.trim() === '' ? {} : { name }), password }
}

element('show').addEventListener('click', () => redeem())
element('person').addEventListener('submit', (event) => {
  event.preventDefault()
  return redeem(typed())
})
element('copy').addEventListener('click', async () => {
  isCopied = (await copy('token', 'copy')) || isCopied
})
element('copy-commands').addEventListener('click', () => copy('commands', 'copy-commands'))
// By hand counts as well.
addEventListener('copy', () => {
  isCopied ||= getSelection()?.toString().trim() === element('token').textContent
})
// Where there is nothing but the token, closing the tab before it was copied loses it for good.
addEventListener('beforeunload', (event) => {
  if (!element('shown').hidden && !isInside && !isCopied) event.preventDefault()
})
addEventListener('hashchange', () => location.reload())

show(code === 'used' ? 'used' : code === '' ? 'missing' : 'ready')
