import type { Command } from 'commander'
import { type ConnectOptions, connectClient, listClients } from '../connect.ts'
import { type Site, styled } from './options.ts'

export function addConnect(program: Command, { terminal, finish }: Site): void {
  styled(program.command('connect [client]'))
    .description(
      'Show what an AI client takes to reach the gateway, or write it into its file; without one, list them.',
    )
    .option('--server <id>', 'one MCP server (default: all servers of the key, as one)')
    .option('--key <id>', 'the key that it is for; a URL key goes into the address')
    .option('--gateway <id>', 'the gateway that it is to call')
    .option('--name <name>', 'what the client calls it (default: the slug, or ostiary)')
    .option('--write', "merge it into the client's file; the file as it was is kept as .bak; no secret is written")
    .option('--scope <scope>', 'whose file: project or user')
    .option('--file <path>', 'another file')
    .action(async (client: string | undefined, options: ConnectOptions) => {
      const machine = { platform: process.platform, env: terminal.env, cwd: process.cwd() }
      finish(await (client ? connectClient(terminal, machine, client, options) : listClients(terminal, options)))
    })
}
