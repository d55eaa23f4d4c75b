import { ask, element, onSubmit, say, sentence, showOnly, takeCode } from './browser.js'

const sections = ['ready', 'done', 'over', 'missing']
const show = (name) => {
  showOnly(sections, name)
  if (name === 'done' || name === 'over') element(`${name}-title`).focus()
}
const code = takeCode('/reset')

onSubmit('reset', async () => {
  const answer = await ask('POST /password-resets/redeem', { code, password: element('password').value })
  if (!answer.ok) {
    say(sentence(answer.problem))
    return answer.problem.code === 'not_found' ? show('over') : undefined
  }
  element('password').value = ''
  // A link that the host's administrator made signs in as well; one that was mailed does not.
  if (answer.value.session) return location.assign('/dashboard/')
  show('done')
})
addEventListener('hashchange', () => location.reload())

show(code === '' ? 'missing' : 'ready')
