import type { Command } from 'commander'
import { type FindingsOptions, findings } from '../findings.ts'
import { type FindingsFixOptions, findingsFix } from '../findings-fix.ts'
import { paged, type Site, styled } from './options.ts'

export function addFindings(program: Command, { terminal, finish }: Site): void {
  const parent = program.command('findings').description('Keys that somebody should look at.')
  paged(parent.command('list'))
    .description('List findings about keys, the worst first.')
    .option('--kind <kind>', 'only of this kind')
    .option('--key <id>', 'only about this key')
    .option('--unused-days <n>', 'how many days without a call make a key an unused one (default 30)')
    .action(async (options: FindingsOptions) => finish(await findings(terminal, options)))
  styled(parent.command('fix <kind>'))
    .description('Make the fix of every finding of one kind.')
    .option('--key <id>', 'only of this key')
    .option('--unused-days <n>', 'how many days without a call make a key an unused one (default 30)')
    .option('--dry-run', 'say what would be done, and do nothing')
    .action(async (kind: string, options: FindingsFixOptions) => finish(await findingsFix(terminal, kind, options)))
}
