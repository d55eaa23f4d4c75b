import type { Command } from 'commander'
import { type ScanOptions, scan } from '../scan.ts'
import type { Site } from './options.ts'

export function addScan(program: Command, { terminal, finish }: Site): void {
  program
    .command('scan [paths...]')
    .description('Find tokens of an Ostiary in files before they leave; exits 1 when there are any. Nothing is sent.')
    .option('--staged', 'what the next commit would hold, from the index of git')
    .option('--stdin', 'what comes in')
    .option('--json', 'as JSON')
    .action(async (paths: string[], options: ScanOptions) =>
      finish(await scan(terminal, process.stdin, paths, options)),
    )
}
