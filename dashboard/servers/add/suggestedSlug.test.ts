import { describe, expect, test } from 'vitest'
import { suggestedSlug } from './suggestedSlug.ts'

const ofCommand = (command: string, args = '') => suggestedSlug({ type: 'stdio', url: '', command, args })
const ofUrl = (url: string) => suggestedSlug({ type: 'http', url, command: '', args: '' })

describe('The slug that is suggested for a new server', () => {
  test.each([
    ['npx -y @modelcontextprotocol/server-everything', 'everything'],
    ['npx -y @modelcontextprotocol/server-filesystem@1.2.3 /srv/files', 'filesystem'],
    ['uvx mcp-server-git --repository /srv/repo', 'git'],
    ['docker run -i --rm mcp/github', 'github'],
    ['docker run -i ghcr.io/example/issues-mcp:2', 'issues'],
    ['node /srv/tools/notes.js', 'notes'],
    ['node server.js', ''],
    ['npx', ''],
    ['', ''],
  ])('of the command %j is %j', (command, slug) => expect(ofCommand(command)).toBe(slug))

  test('is the same when the line has been parted', () =>
    expect(ofCommand('npx', '-y\n@modelcontextprotocol/server-everything')).toBe('everything'))

  test.each([
    ['https://mcp.example.com/mcp', 'example'],
    ['https://www.example.co/sse', 'example'],
    ['https://tools.example.com', 'example'],
    ['http://127.0.0.1:9000/mcp', ''],
    ['http://[::1]:9000/mcp', ''],
    ['http://localhost:9000/mcp', ''],
    ['https://', ''],
    ['not an address', ''],
  ])('of the address %j is %j', (url, slug) => expect(ofUrl(url)).toBe(slug))
})
