import type { Command } from 'commander'
import type { ApplyOptions } from '../configuration/apply.ts'
import type { ExportOptions } from '../configuration/export.ts'
import type { Site } from './options.ts'

/** Loaded when they are asked for: reading YAML is nothing that other commands wait for. */
export function addConfiguration(program: Command, { terminal, finish }: Site): void {
  program
    .command('apply')
    .description('Make control what files say: shows the plan, then does it. What it manages is read-only elsewhere.')
    .requiredOption('-f, --file <path>', 'a file, or a folder with .yaml, .yml and .json files')
    .option('--name <name>', 'who manages it; the files may say it (name:)')
    .option('--dry-run', 'show the plan and change nothing')
    .option('--detailed-exit-code', 'with --dry-run: exit 10 where there is something to do')
    .option('--yes', 'do it without asking')
    .option('--adopt', 'with --yes: also take over what is there and nobody manages')
    .option('--prune', 'delete what it manages and the files do not name any more')
    .option('--release', 'let go of what it manages and the files do not name any more')
    .option('--secrets', 'give all secrets again; they cannot be compared')
    .option('--json', 'as JSON, errors too')
    .action(async (options: ApplyOptions) => {
      const { apply } = await import('../configuration/apply.ts')
      finish(await apply(terminal, options))
    })
  program
    .command('export')
    .description('Write what control has as files for apply; secrets are named, never shown.')
    .option('--name <name>', 'what this configuration manages; with --all: the name that the files say')
    .option('--all', 'everything')
    .option('-o, --output <path>', 'a .yaml or .json file, or a folder (default: standard output)')
    .action(async (options: ExportOptions) => {
      const { exportAll } = await import('../configuration/export.ts')
      finish(await exportAll(terminal, options))
    })
}
