import { slug } from '../../servers/schema.ts'
import { connect, type Failure, failure, usage } from '../control.ts'
import { type Exit, exit } from '../exit.ts'
import { plain, printFailure, printJson } from '../print.ts'
import type { Terminal } from '../terminal.ts'
import type { Given } from '../values.ts'
import { loadConfiguration, titleOf } from './load.ts'
import { type Performed, performSteps } from './perform-steps.ts'
import { type Plan, planChanges, type Wish } from './plan.ts'
import { isWork, planJson, sayPlan } from './say.ts'
import { readState } from './state.ts'
import { type Step, stepsOf } from './steps.ts'

export type ApplyOptions = Wish & {
  readonly file?: string
  readonly name?: string
  readonly dryRun?: boolean
  readonly detailedExitCode?: boolean
  readonly yes?: boolean
  readonly adopt?: boolean
  readonly json?: boolean
}

/** Reads all of it, plans all of it, and only then changes something: what the plan says, in its order. */
export async function apply(terminal: Terminal, options: ApplyOptions): Promise<Exit> {
  const style = { json: options.json }
  const configuration = asked(options)
  if (!configuration.ok) return printFailure(terminal, configuration, style)
  const control = connect(terminal)
  if ('ok' in control) return printFailure(terminal, control, style)
  const state = await readState(control)
  if (!state.ok) return printFailure(terminal, state, style)
  const plan = planChanges(configuration.value, state.value, options)
  if (!plan.ok) return printFailure(terminal, plan, style)
  if (!options.json) terminal.out(sayPlan(plan.value, options))
  const works = plan.value.changes.some(isWork)
  const steps = stepsOf(plan.value, options, terminal.env)
  if (options.dryRun || !works) {
    if (options.json) printJson(terminal, { ...planJson(plan.value), applied: 0 })
    // Whoever reviews has no secrets, and need not have them.
    else if (!steps.ok) terminal.err(`An apply from here would not begin:\n${wrongIn(steps)}`)
    return works && options.detailedExitCode ? exit.differs : exit.done
  }
  if (!steps.ok) return printFailure(terminal, steps, style)
  const refused = await refusedWithoutYes(terminal, plan.value, options)
  if (refused) return printFailure(terminal, refused, style)
  const { name } = plan.value
  const { progress } = terminal
  const confirm = (listed: Failure): Promise<boolean> => confirmed(terminal, listed, options)
  return ended(
    terminal,
    options,
    plan.value,
    steps.value,
    await performSteps(steps.value, { control, name, progress, confirm }),
  )
}

const wrongIn = ({ problem: { errors = [] } }: Failure): string =>
  errors.map(({ pointer, detail }) => `  ${plain(pointer)}: ${plain(detail)}\n`).join('')

function asked({ file, name, prune, release }: ApplyOptions): Given<Parameters<typeof planChanges>[0]> {
  if (file === undefined) return usage('Say which files: -f PATH, one file or a folder.')
  if (name !== undefined && !slug.safeParse(name).success)
    return usage('--name must be small letters, digits and single hyphens, 31 at most.')
  if (prune && release) return usage('Give --prune or --release: what is in the files no more is deleted or let go of.')
  return loadConfiguration(file, name)
}

/** Whoever sits there is asked; a script says so beforehand, and by a word of its own where it takes over what others made. */
async function refusedWithoutYes(terminal: Terminal, plan: Plan, options: ApplyOptions): Promise<Failure | null> {
  const adopts = plan.changes.filter(({ action }) => action === 'adopt').length
  if (options.yes && (adopts === 0 || options.adopt)) return null
  if (terminal.ask && !options.json && !options.yes) {
    const answer = await terminal.ask('Apply this? [y/N] ')
    return /^y(es)?$/i.test(answer.trim()) ? null : notConfirmed('Nothing was applied.')
  }
  if (!options.yes) return notConfirmed('Nothing was applied: nobody is here to be asked. Say --yes.')
  return notConfirmed(`Nothing was applied: ${adopts} of these are there already and nobody manages them. Say --adopt.`)
}

const notConfirmed = (detail: string): Failure =>
  failure('confirmation_needed', 'This has to be confirmed', detail, 0, exit.conflict)

/** Control has listed what a change touches. */
async function confirmed(terminal: Terminal, { problem }: Failure, options: ApplyOptions): Promise<boolean> {
  terminal.progress(null)
  const lines = [problem.detail, ...(problem.errors ?? []).map(({ pointer, detail }) => `  ${pointer} ${detail}`)]
  terminal.err(lines.map((line) => `${plain(line)}\n`).join(''))
  if (options.yes) return true
  const answer = (await terminal.ask?.('Go on? [y/N] ')) ?? ''
  return /^y(es)?$/i.test(answer.trim())
}

function ended(
  terminal: Terminal,
  { json }: ApplyOptions,
  plan: Plan,
  steps: readonly Step[],
  { done, failed }: Performed,
): Exit {
  if (json) printJson(terminal, { ...planJson(plan), calls: steps.length, applied: done })
  if (failed === null) {
    if (!json) terminal.err('Applied.\n')
    return exit.done
  }
  const { problem } = failed.failure
  const overtaken = problem.code === 'stale' ? ' Somebody has changed it since the plan.' : ''
  const how = `${done} of ${steps.length} calls are done and stay; apply again to go on from there.`
  const detail = `Stopped at ${titleOf(failed.step.subject)}: ${problem.detail}${overtaken} ${how}`
  return printFailure(terminal, { ...failed.failure, problem: { ...problem, detail } }, { json })
}
