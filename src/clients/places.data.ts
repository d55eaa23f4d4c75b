import type { ClientId } from './schema.ts'

/**
 * Where clients keep their settings: below the home directory (`~`), the roaming application data of Windows
 * (`%APPDATA%`), or, of a project, its folder. In front the one that people are told of. Read by the command line, too,
 * so that no answer of a server says which file it writes.
 */
export type Places = {
  readonly shown: 'user' | 'project'
  readonly project: string | null
  readonly user: { readonly linux: string; readonly darwin: string; readonly win32: string }
}

export const placesOf: Readonly<Partial<Record<ClientId, Places>>> = {
  'claude-code': {
    shown: 'project',
    project: '.mcp.json',
    user: { linux: '~/.claude.json', darwin: '~/.claude.json', win32: '~/.claude.json' },
  },
  'claude-desktop': {
    shown: 'user',
    project: null,
    user: {
      linux: '~/.config/Claude/claude_desktop_config.json',
      darwin: '~/Library/Application Support/Claude/claude_desktop_config.json',
      win32: '%APPDATA%/Claude/claude_desktop_config.json',
    },
  },
  cursor: {
    shown: 'user',
    project: '.cursor/mcp.json',
    user: { linux: '~/.cursor/mcp.json', darwin: '~/.cursor/mcp.json', win32: '~/.cursor/mcp.json' },
  },
  vscode: {
    shown: 'project',
    project: '.vscode/mcp.json',
    user: {
      linux: '~/.config/Code/User/mcp.json',
      darwin: '~/Library/Application Support/Code/User/mcp.json',
      win32: '%APPDATA%/Code/User/mcp.json',
    },
  },
  codex: {
    shown: 'user',
    project: '.codex/config.toml',
    user: { linux: '~/.codex/config.toml', darwin: '~/.codex/config.toml', win32: '~/.codex/config.toml' },
  },
  'gemini-cli': {
    shown: 'user',
    project: '.gemini/settings.json',
    user: { linux: '~/.gemini/settings.json', darwin: '~/.gemini/settings.json', win32: '~/.gemini/settings.json' },
  },
}
