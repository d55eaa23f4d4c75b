import type { Command } from 'commander'
import { type RecoverOptions, recover } from '../recover.ts'
import { type Site, styled } from './options.ts'

export function addRecover(parent: Command, { terminal, finish }: Site): void {
  styled(parent.command('recover'))
    .description('On the machine of control: a link that lets a locked-out owner in. Control may be running.')
    .option('--organization <slug>', 'which organization (default: the first one)')
    .option('--email <address>', 'which owner, by e-mail address or id; needed where there are several')
    .option('--data-dir <dir>', 'data directory of control (default ./data)')
    .option('--database-url-file <path>', 'file with the address of the database (or OSTIARY_DATABASE_URL)')
    .option(
      '--master-key-file <path>',
      'file with the master key (or OSTIARY_MASTER_KEY; default: in the data directory)',
    )
    .option('--control-public-url <url>', 'where people reach control (default: as its settings say)')
    .option('--config <file>', 'JSON file of settings')
    .action(async (options: RecoverOptions) => finish(await recover(terminal, options)))
}
