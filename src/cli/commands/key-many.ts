import type { Command } from 'commander'
import { type BulkOptions, keysBulk } from '../keys-bulk.ts'
import { type KeysExportOptions, keysExport } from '../keys-export.ts'
import { type KeysImportOptions, keysImport } from '../keys-import.ts'
import { filtered, type Site, styled } from './options.ts'

export function addManyKeys(parent: Command, { terminal, finish }: Site): void {
  styled(parent.command('bulk <action> [ids...]'))
    .description('Suspend, resume, revoke, delete or tag many keys; each says how it went.')
    .option('--from <file>', 'ids from a file, one a line')
    .option('--tags <list>', 'with tag: tags by comma that they get')
    .option('--reason <text>', 'for the audit log')
    .action(async (action: string, ids: string[], options: BulkOptions) =>
      finish(await keysBulk(terminal, action, ids, options)),
    )
  filtered(styled(parent.command('export')))
    .description('Write keys as CSV or JSON, without secrets.')
    .option('--format <format>', 'csv or json (default csv)')
    .option('--out <file>', 'a new file, for you alone (default: stdout)')
    .option('--search <text>', 'part of the name')
    .action(async (options: KeysExportOptions) => finish(await keysExport(terminal, options)))
  styled(parent.command('import <file>'))
    .description('Create keys by their definitions in a JSON file; each gets a secret of its own.')
    .option('--dry-run', 'only say which of them could be made')
    .option('--deliver <webhook>', 'id of the webhook that gets the secrets; then they are printed nowhere')
    .option('--out <file>', 'a new file, for you alone, that gets what is shown once (default: stdout)')
    .action(async (file: string, options: KeysImportOptions) => finish(await keysImport(terminal, file, options)))
}
