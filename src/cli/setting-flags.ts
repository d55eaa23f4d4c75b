import type { Command } from 'commander'
import { isClientSetting, type SettingName, settingNames, settings } from '../config-settings.ts'
import { kebab } from '../config-values.ts'

/** Adds the flag of every setting to a command that starts a role. */
export function settingFlags(command: Command): Command {
  command.option('--config <file>', 'JSON file of settings')
  for (const name of settingNames.filter((name) => !isClientSetting(name))) addFlag(command, name)
  return command
}

function addFlag(command: Command, name: SettingName): void {
  const { summary, env, ...setting } = settings[name]
  const flag = `--${kebab(name)}`
  if ('secret' in setting) command.option(`${flag}-file <path>`, `File that holds it (or ${env}). ${summary}`)
  else command.option('toggle' in setting ? flag : `${flag} <value>`, summary)
}
