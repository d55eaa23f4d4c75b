import { ask, element, onPress, onSubmit, say, sentence, showOnly, takeCode } from './browser.js'

const sections = ['ready', 'single', 'over', 'missing']
const show = (name) => {
  showOnly(sections, name)
  if (name !== 'ready' && name !== 'missing') element(`${name}-title`).focus()
}
const code = takeCode('/invitation')

onSubmit('accept', async () => {
  const name = element('name').value.trim()
  const answer = await ask('POST /invitations/accept', {
    code,
    email: element('email').value,
    password: element('password').value,
    ...(name === '' ? {} : { name }),
  })
  if (!answer.ok) return refused(answer.problem)
  element('password').value = ''
  location.assign('/dashboard/')
})

const refused = (problem) => {
  say(sentence(problem))
  if (problem.code === 'not_found') show('over')
  if (problem.code !== 'password_sign_in_off') return
  const place = /\/sign-in\?organization=[a-z0-9-]+/.exec(problem.detail)
  if (place) element('single-link').href = place[0]
  show('single')
}

onPress('again', () => {
  show('ready')
  element('email').focus()
})
addEventListener('hashchange', () => location.reload())

show(code === '' ? 'missing' : 'ready')
