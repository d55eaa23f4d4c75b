import type { Command } from 'commander'
import type { Exit } from '../exit.ts'
import { type ListOptions, printList } from '../list.ts'
import type { Style } from '../print.ts'
import type { RemoveOptions } from '../remove-one.ts'
import type { Item, Resource } from '../resource.ts'
import { showOne } from '../show-one.ts'
import type { Terminal } from '../terminal.ts'

/** Where commands run, and whom they tell how it ended. */
export type Site = { readonly terminal: Terminal; readonly finish: (code: number) => void }

export const styled = (command: Command): Command =>
  command.option('--json', 'print the REST object, errors too').option('-q, --quiet', 'print only the id or the secret')

export const paged = (command: Command): Command =>
  styled(command)
    .option('--limit <n>', 'items on a page, 1 to 200')
    .option('--cursor <cursor>', 'next page, as the one before named it')

export const listed = (command: Command): Command => paged(command.option('--search <text>', 'part of the name'))

/** Which keys. */
export const filtered = (command: Command): Command =>
  command
    .option('--status <status>', 'active, inactive, expired or revoked')
    .option('--project <id>', 'only those that name this project')
    .option('--server <id>', 'only those that may call this MCP server')
    .option('--app <id>', 'only the key of this app')
    .option('--tag <tag>', 'only those with this tag')
    .option('--expiring <days>', 'only those that end within so many days')
    .option('--unused <days>', 'only those that nobody has used for so many days')
    .option('--mine', 'only those that you own yourself')
    .option('--owner <id>', 'only those of this member (or e-mail address), team or app')

export const waiting = (command: Command): Command =>
  command.option('--wait <seconds>', 'how long to wait for gateways, 0 to 30 (default 1)')

/** For commands that change what is there. */
export const changing = (command: Command): Command =>
  waiting(styled(command)).option('--if-match <etag>', 'refuse unless it is still as that ETag says')

/** For options that may be given again. */
export const collect = (value: string, before: readonly string[] = []): readonly string[] => [...before, value]

export const addList = <T extends Item>(parent: Command, site: Site, resource: Resource<T>, description: string) =>
  listed(parent.command('list'))
    .description(description)
    .action(async (options: ListOptions) => site.finish(await printList(site.terminal, resource, options)))

export const addGet = <T extends Item>(
  parent: Command,
  site: Site,
  resource: Resource<T>,
  description: string,
  argument = '<id>',
) =>
  styled(parent.command(`get ${argument}`))
    .description(description)
    .action(async (id: string, style: Style) => site.finish(await showOne(resource)(site.terminal, id, style)))

type Remove = (terminal: Terminal, id: string, options: RemoveOptions) => Promise<Exit>

export const addRemove = (parent: Command, site: Site, usage: string, description: string, remove: Remove) =>
  waiting(styled(parent.command(usage)))
    .description(description)
    .action(async (id: string, options: RemoveOptions) => site.finish(await remove(site.terminal, id, options)))
