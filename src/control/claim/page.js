// The code stands behind # because browsers send that part to nobody; it leaves in the one POST below.
const element = (id) => document.getElementById(id)
const sections = ['ready', 'shown', 'used', 'over', 'missing']
const say = (text) => {
  element('status').textContent = text
}
const show = (name) => {
  for (const section of sections) element(section).hidden = section !== name
}

const code = location.hash.slice(1)
let isCopied = false

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

/** The organizations that this browser is signed in to, the one used last first, and what its changes have to carry. */
let signedIn = { csrfToken: '', places: [] }

const claim = async (headers) => {
  const answer = await fetch('/api/v1/claims', {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ code }),
    // Where a token is the proof, a cookie beside it would say nothing.
    credentials: headers.authorization ? 'omit' : 'same-origin',
    cache: 'no-store',
  })
  return { isDone: answer.ok, body: await answer.json() }
}

const byToken = () => claim({ authorization: `Bearer ${element('proof').value.trim()}` })

/** The link does not say whose it is: in an organization that is not the key's it leads nowhere, and spends nothing. */
const bySession = async () => {
  let last = null
  for (const place of signedIn.places) {
    last = await claim({ 'ostiary-csrf': signedIn.csrfToken, 'ostiary-organization': place })
    if (last.isDone || last.body.code !== 'not_found') return last
  }
  return last
}

const redeem = async (prove) => {
  element('show').disabled = true
  element('show-signed-in').disabled = true
  say('')
  try {
    const { isDone, body } = await prove()
    if (!isDone) return refused(body)
    // From here on neither the address nor the form holds anything, so that history and a reload tell the truth.
    history.replaceState(null, '', '/claim#used')
    element('proof').value = ''
    element('name').textContent = body.key.name
    element('token').textContent = body.secret
    element('address').textContent = body.url ?? ''
    element('place').hidden = body.url === undefined
    show('shown')
    element('shown-title').focus()
  } catch {
    say('Ostiary did not answer. Look whether it is running, then try again.')
    element('show').disabled = false
    element('show-signed-in').disabled = false
  }
}

/** Whoever is signed in by this browser needs no token here. */
const lookWho = async () => {
  try {
    const answer = await fetch('/api/v1/sessions/current', { credentials: 'same-origin', cache: 'no-store' })
    if (!answer.ok) return
    const { csrfToken, member, organization, others, secondFactor } = await answer.json()
    if (secondFactor === 'needed') return
    signedIn = { csrfToken, places: [organization, ...others].map(({ id }) => id) }
    element('signed-in-name').textContent = member.name
    element('signed-in').hidden = false
    element('sign-in-first').hidden = true
  } catch {
    // The token still does.
  }
}

const refused = (problem) => {
  element('show').disabled = false
  element('show-signed-in').disabled = false
  if (problem.status >= 500 || problem.status === 429) return say(`${problem.detail} Try again in a moment.`)
  say(problem.detail)
  if (problem.code === 'claim_used') {
    history.replaceState(null, '', '/claim#used')
    show('used')
  }
  // The link stays in the address: with the token of the right person it may open.
  if (problem.code === 'not_found') show('over')
}

element('form').addEventListener('submit', (event) => {
  event.preventDefault()
  return redeem(byToken)
})
element('show-signed-in').addEventListener('click', () => redeem(bySession))
element('copy').addEventListener('click', async () => {
  isCopied = (await copy('token', 'copy')) || isCopied
})
element('copy-address').addEventListener('click', async () => {
  isCopied = (await copy('address', 'copy-address')) || isCopied
})
// By hand counts as well.
addEventListener('copy', () => {
  const selected = getSelection()?.toString().trim()
  isCopied ||= selected !== '' && [element('token').textContent, element('address').textContent].includes(selected)
})
// Closing the tab before the secret was copied loses it for good.
addEventListener('beforeunload', (event) => {
  if (!element('shown').hidden && !isCopied) event.preventDefault()
})
addEventListener('hashchange', () => location.reload())

show(code === 'used' ? 'used' : code === '' ? 'missing' : 'ready')
if (code !== 'used' && code !== '') lookWho()
