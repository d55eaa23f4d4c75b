import type { Preset } from '../../src/providers/schema.ts'

/** What a person has to say beside the name of a preset. */
type Known = {
  readonly id: Preset
  /** Null: everybody's is another one. */
  readonly baseUrl: string | null
  /** The price list knows its models. */
  readonly isListed: boolean
  /** It runs on a machine of one's own, and often asks for no credential. */
  readonly isOwn?: true
}

export const presets: readonly Known[] = [
  { id: 'openai', baseUrl: 'https://api.openai.com/v1', isListed: true },
  { id: 'anthropic', baseUrl: 'https://api.anthropic.com/v1', isListed: true },
  { id: 'gemini', baseUrl: 'https://generativelanguage.googleapis.com/v1beta/openai', isListed: true },
  { id: 'mistral', baseUrl: 'https://api.mistral.ai/v1', isListed: true },
  { id: 'groq', baseUrl: 'https://api.groq.com/openai/v1', isListed: true },
  { id: 'deepseek', baseUrl: 'https://api.deepseek.com/v1', isListed: true },
  { id: 'xai', baseUrl: 'https://api.x.ai/v1', isListed: true },
  { id: 'together', baseUrl: 'https://api.together.xyz/v1', isListed: true },
  { id: 'openrouter', baseUrl: 'https://openrouter.ai/api/v1', isListed: true },
  { id: 'azure-openai', baseUrl: null, isListed: false },
  { id: 'ollama', baseUrl: 'http://127.0.0.1:11434/v1', isListed: false, isOwn: true },
  { id: 'vllm', baseUrl: 'http://127.0.0.1:8000/v1', isListed: false, isOwn: true },
]
