import { ask, element, inOrganization, keep, onPress, onSubmit, returnTo, say, sentence, showOnly } from './browser.js'

const sections = ['first', 'factor', 'forgot']
const show = (name) => showOnly(sections, name)
const goTo = returnTo(location.search)
const asked = new URLSearchParams(location.search)

/** What an identity provider's answer came to; its own words are shown to nobody. */
const failures = {
  sso_unknown: 'There is no such way to sign in.',
  sso_expired: 'The sign-in took too long, or was begun in another browser. Try again.',
  sso_busy: 'Too many sign-ins are under way. Try again in a moment.',
  sso_unreachable: 'The identity provider did not answer. Try again, or tell your administrator.',
  sso_refused: 'The identity provider did not let you in.',
  sso_invalid: 'The answer of the identity provider could not be trusted. Tell your administrator.',
  sso_address: 'The identity provider does not vouch for an e-mail address of yours.',
  sso_not_member: 'Nobody has invited you to this organization yet.',
  sso_taken: 'Your address belongs to somebody who signs in another way. Ask your administrator.',
  sso_operator: 'Operators do not sign in through an identity provider.',
  member_deactivated: 'You were deactivated in this organization. Ask an administrator.',
}

/** Buttons for the ways into one organization, and the password only where it is one. */
const offer = async (organization) => {
  const query = organization === '' ? '' : `?organization=${encodeURIComponent(organization)}`
  const answer = await ask(`GET /sign-in/options${query}`)
  // Without an answer there is still the password.
  const { passwords, identityProviders } = answer.ok ? answer.value : { passwords: 'on', identityProviders: [] }
  const items = identityProviders.map(({ name, url }) => {
    const [item, link] = [document.createElement('li'), document.createElement('a')]
    link.className = 'button'
    link.href = `${url}?returnTo=${encodeURIComponent(goTo)}`
    link.textContent = `Sign in with ${name}`
    item.append(link)
    return item
  })
  element('providers-list').replaceChildren(...items)
  element('providers').hidden = items.length === 0
  const isOff = passwords === 'off'
  element('forgot-line').hidden = isOff
  element('off').hidden = !isOff
}

const openOrganization = (isOpen) => {
  element('several').hidden = !isOpen
  element('belong').hidden = isOpen
}

/** In, or at the next thing to show. */
const goOn = async (signedIn) => {
  keep(signedIn)
  element('password').value = ''
  if (signedIn.secondFactor !== 'needed') return location.assign(goTo)
  const factor = await ask('GET /me/second-factor')
  // Who needs one and has none sets it up there, and nothing else is open.
  if (factor.ok && factor.value.state !== 'on') return location.assign('/dashboard/account')
  show('factor')
  element('factor-title').focus()
}

onSubmit('password-form', async () => {
  const organization = element('organization').value.trim()
  const answer = await ask('POST /sessions', {
    email: element('email').value,
    password: element('password').value,
    ...(organization === '' ? {} : { organization }),
  })
  if (answer.ok) return goOn(answer.value)
  element('password').value = ''
  say(sentence(answer.problem))
  element('password').focus()
})

onSubmit('code-form', async () => {
  const isRecovery = !element('by-recovery').hidden
  const field = element(isRecovery ? 'recovery' : 'code')
  const code = field.value.trim()
  const answer = await ask('POST /sessions/second-factor', isRecovery ? { recoveryCode: code } : { code })
  field.value = ''
  if (answer.ok) return goOn(answer.value)
  if (answer.problem.code === 'not_signed_in') show('first')
  say(sentence(answer.problem))
  field.focus()
})

onSubmit('forgot-form', async () => {
  const organization = element('organization').value.trim()
  const email = element('forgot-email').value
  const answer = await ask('POST /password-resets', { email, ...(organization === '' ? {} : { organization }) })
  if (!answer.ok) return say(sentence(answer.problem))
  show('first')
  say('If somebody with this address is here, a letter with a link is on its way. None comes? Ask an administrator.')
})

onPress('belong', () => {
  openOrganization(true)
  element('organization').focus()
})
element('organization').addEventListener('change', () => offer(element('organization').value.trim()))
onPress('forgot-open', () => {
  element('forgot-email').value = element('email').value
  show('forgot')
  element('forgot-title').focus()
})
onPress('back', () => show('first'))
onPress('other-way', () => {
  const isRecovery = element('by-recovery').hidden
  element('by-recovery').hidden = !isRecovery
  element('by-app').hidden = isRecovery
  element('other-way').textContent = isRecovery ? 'I have my authenticator' : 'I have no authenticator at hand'
})
onPress('leave', async () => {
  const answer = await ask('DELETE /sessions/current')
  // Who is told that he is out goes away from this machine.
  if (!answer.ok && answer.problem.code !== 'not_signed_in') return say(sentence(answer.problem))
  inOrganization(null)
  show('first')
})

const begin = async () => {
  const organization = asked.get('organization') ?? ''
  const error = asked.get('error')
  element('organization').value = organization
  openOrganization(organization !== '')
  show('first')
  if (error !== null) {
    say(Object.hasOwn(failures, error) ? failures[error] : 'The sign-in did not succeed. Try again.')
    asked.delete('error')
    // A reload is no second failure.
    history.replaceState(null, '', `/sign-in${asked.size === 0 ? '' : `?${asked}`}`)
  }
  const [current] = await Promise.all([ask('GET /sessions/current'), offer(organization)])
  if (!current.ok) return
  if (current.value.secondFactor === 'needed') return goOn(current.value)
  keep(current.value)
  element('known-name').textContent = `${current.value.member.name} in ${current.value.organization.name}`
  element('known-on').href = goTo
  element('known').hidden = false
}
begin()
