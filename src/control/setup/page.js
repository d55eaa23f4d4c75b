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

const commands = (server) =>
  [
    `export OSTIARY_URL=${server}`,
    'read -rs OSTIARY_TOKEN && export OSTIARY_TOKEN',
    'npm run -s ostiary -- servers add everything -- npx -y @modelcontextprotocol/server-everything',
    'npm run -s ostiary -- keys create "My first key" --servers everything',
  ].join('\n')

const copy = async (from, done) => {
  const text = element(from).textContent ?? ''
  try {
    await navigator.clipboard.writeText(text)
    say(done)
  } catch {
    // Without a secure context there is no clipboard: select, so that Ctrl+C does it.
    getSelection()?.selectAllChildren(element(from))
    say('Press Ctrl+C or ⌘C: the text is selected.')
  }
}

const redeem = async () => {
  element('show').disabled = true
  say('')
  try {
    const answer = await fetch('/api/v1/setup', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ code }),
      credentials: 'omit',
      cache: 'no-store',
    })
    const body = await answer.json()
    if (!answer.ok) return refused(body)
    // From here on the address carries no code any more, so that history keeps nothing and a reload tells the truth.
    history.replaceState(null, '', '/setup#used')
    element('token').textContent = body.secret
    element('commands').textContent = commands(location.origin)
    show('shown')
    element('shown-title').focus()
  } catch {
    say('Ostiary did not answer. Look whether it is running, then try again.')
    element('show').disabled = false
  }
}

const refused = (problem) => {
  element('show').disabled = false
  if (problem.status >= 500 || problem.status === 429) return say(`${problem.detail} Try again in a moment.`)
  history.replaceState(null, '', '/setup#used')
  show('used')
  say(problem.detail)
}

element('show').addEventListener('click', redeem)
element('copy').addEventListener('click', () => {
  isCopied = true
  copy('token', 'The token is in the clipboard.')
})
element('copy-commands').addEventListener('click', () => copy('commands', 'The commands are in the clipboard.'))
// Closing the tab before the token was copied loses it for good.
addEventListener('beforeunload', (event) => {
  if (!element('shown').hidden && !isCopied) event.preventDefault()
})
addEventListener('hashchange', () => location.reload())

show(code === 'used' ? 'used' : code === '' ? 'missing' : 'ready')
