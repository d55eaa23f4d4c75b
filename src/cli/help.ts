import type { Command } from 'commander'
import { exit, exitMeanings, exitNames } from './exit.ts'

/** What `ostiary --help` says beside the list of commands: what it reads, how it ends, how one begins. */
export function describeProgram(program: Command): void {
  program.description('API keys and a gateway for MCP servers and LLM providers.').addHelpText(
    'after',
    `
Environment:
  OSTIARY_URL         address of control (default http://127.0.0.1:8421)
  OSTIARY_TOKEN       management token; a token is never an argument
  OSTIARY_TOKEN_FILE  or the file that holds it

Exit codes:
${exitNames.map((name) => `  ${exit[name]}  ${exitMeanings[name]}`).join('\n')}

Examples:
  ostiary serve
  export OSTIARY_TOKEN="$(ostiary setup 'http://127.0.0.1:8421/setup#…')"
  ostiary servers add everything -- npx -y @modelcontextprotocol/server-everything
  ostiary keys create "My first key" --servers everything --expires 90d
  ostiary keys list --status active --json
  ostiary keys update key_… --tools everything=echo,add
  ostiary explain --key key_… --server everything --tool echo
  ostiary keys revoke key_… --reason "laptop lost"
  ostiary members add ada@example.com --role admin
  ostiary teams create platform --members ada@example.com
  ostiary audit list --action key.revoked

In a clone, ostiary is: npm run -s ostiary --
Every command explains its options: ostiary keys create --help`,
  )
}
