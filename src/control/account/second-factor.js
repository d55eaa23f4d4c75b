import { ask, element, keep, onPress, onSubmit, say, sentence } from '/sign-in/browser.js'

/** What the person is asked to prove himself for; null: nothing. */
let proving = null
let isKept = true
let told = () => {}

const parts = ['prove', 'factor-buttons', 'setting-up', 'codes']
const show = (part) => {
  for (const name of parts) element(name).hidden = name !== part
}

/** Answers how it stands; `isWaiting`: the session opens nothing until there is one. */
export const openFactor = async ({ isWaiting, onChange }) => {
  told = onChange
  const answer = await ask('GET /me/second-factor')
  if (!answer.ok) {
    say(sentence(answer.problem))
    return null
  }
  const { state, required, codesLeft } = answer.value
  const isOn = state === 'on'
  element('factor-said').textContent = isOn
    ? `Signing in asks for a code of your authenticator. ${codesLeft} recovery codes are left.`
    : required
      ? 'Your role needs a second factor. Until you have set one up, nothing else is open to you.'
      : 'Signing in asks for your password alone. With an authenticator, whoever knows the password is not yet in.'
  element('set-up').textContent = isOn ? 'Set up another authenticator' : 'Set up an authenticator'
  element('new-codes').hidden = !isOn
  element('turn-off').hidden = !isOn || required
  element('factor').hidden = false
  show('factor-buttons')
  if (isWaiting && !isOn) element('factor-title').focus()
  return state
}

/** Over a factor that is there it takes more than the session, which somebody may have found open. */
const prove = (work) => {
  proving = work
  element('proof').value = ''
  show('prove')
  element('proof').focus()
}

onSubmit('prove', async () => {
  const typed = element('proof').value
  element('proof').value = ''
  await proving(/^\d{3} ?\d{3}$/.test(typed.trim()) ? { code: typed.trim() } : { password: typed })
})
onPress('prove-not', () => show('factor-buttons'))

const begin = async (proof) => {
  const answer = await ask('POST /me/second-factor', proof)
  if (!answer.ok) return say(sentence(answer.problem))
  // As an image, so that nothing in it runs.
  element('qr').src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(answer.value.qr)}`
  element('secret').textContent = answer.value.secret
  show('setting-up')
  element('confirm-code').focus()
}

onPress('set-up', () => (element('turn-off').hidden && element('new-codes').hidden ? begin({}) : prove(begin)))
onPress('new-codes', () =>
  prove(async (proof) => {
    const answer = await ask('POST /me/second-factor/codes', proof)
    return answer.ok ? reveal(answer.value.recoveryCodes) : say(sentence(answer.problem))
  }),
)
onPress('turn-off', () =>
  prove(async (proof) => {
    const answer = await ask('DELETE /me/second-factor', proof)
    if (!answer.ok) return say(sentence(answer.problem))
    say('The second factor is switched off.')
    await told()
  }),
)

onSubmit('confirm', async () => {
  const answer = await ask('POST /me/second-factor/confirm', { code: element('confirm-code').value.trim() })
  element('confirm-code').value = ''
  if (!answer.ok) {
    say(sentence(answer.problem))
    return element('confirm-code').focus()
  }
  keep(answer.value)
  element('secret').textContent = ''
  element('qr').removeAttribute('src')
  reveal(answer.value.recoveryCodes)
})

const reveal = (codes) => {
  isKept = false
  element('factor-said').textContent = ''
  element('kept').checked = false
  element('codes-done').disabled = true
  element('codes-list').textContent = codes.join('\n')
  show('codes')
  element('codes-title').focus()
}

onPress('copy', async () => {
  try {
    await navigator.clipboard.writeText(element('codes-list').textContent)
    element('copy-said').textContent = 'Copied.'
  } catch {
    // Without a secure context there is no clipboard: select, so that Ctrl+C does it.
    getSelection()?.selectAllChildren(element('codes-list'))
    element('copy-said').textContent = 'They are selected: press Ctrl+C or ⌘C.'
  }
})
element('kept').addEventListener('change', () => {
  isKept = element('kept').checked
  element('codes-done').disabled = !isKept
})
element('codes-done').addEventListener('click', () => {
  element('codes-list').textContent = ''
  return told()
})
// They are shown in no other answer.
addEventListener('beforeunload', (event) => {
  if (!isKept) event.preventDefault()
})
