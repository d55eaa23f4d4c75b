import { type Environment, loadConfig, type Origin, readSettings, type Sources } from '../config.ts'
import { type SettingName, settingNames, settings, type Values } from '../config-settings.ts'
import { kebab } from '../config-values.ts'
import { usage } from './control.ts'
import { type Exit, exit } from './exit.ts'
import { printFailure, printJson, table } from './print.ts'
import type { Terminal } from './terminal.ts'

type Line = {
  readonly name: string
  readonly env: string
  readonly value: string | number | boolean | readonly string[] | null
  readonly origin: Origin
}

/** Every setting as the program reads it here, and where each came from. Secrets only say that they are set. */
export function configPrint(terminal: Terminal, flags: Readonly<Record<string, unknown>>): Exit {
  const sources = { flags, env: terminal.env as Environment, readFile: terminal.readFile }
  const json = { json: flags['json'] === true }
  const read = readSettings(sources)
  if (!read.ok) return printFailure(terminal, usage(read.message), json)
  const lines = settingNames.map((name) => lineOf(name, read.value.values, read.value.origins[name]))
  if (json.json) printJson(terminal, { settings: lines })
  else
    terminal.out(
      table(
        ['SETTING', 'VALUE', 'ORIGIN'],
        lines.map(({ env, value, origin }) => [env, shown(value), origin]),
      ),
    )
  return warnings(terminal, sources)
}

/** What is readable may still be too unsafe to start with. */
function warnings(terminal: Terminal, sources: Sources): Exit {
  const loaded = loadConfig(sources)
  if (!loaded.ok) terminal.err(`ostiary: With these settings it does not start: ${loaded.message}\n`)
  return loaded.ok ? exit.done : exit.failed
}

function lineOf(name: SettingName, values: Values, origin: Origin): Line {
  const value = values[name]
  const masked = typeof value === 'object' && value !== null && 'reveal' in value ? '[set]' : value
  return { name: kebab(name), env: settings[name].env, value: masked, origin }
}

const shown = (value: Line['value']): string => {
  if (value === null) return 'not set'
  return Array.isArray(value) ? value.join(',') || 'none' : String(value)
}
