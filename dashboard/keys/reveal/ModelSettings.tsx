import { Stack, Text } from '@mantine/core'
import type { Snippet as SnippetView } from '../../../src/clients/schema.ts'
import { translator } from '../../texts.ts'
import { Snippet } from '../../ui/Data.tsx'
import { useOne } from '../../ui/useCalls.ts'
import { texts } from './texts.data.ts'

const t = translator(texts)

/** The gateway's own address stands in every snippet; REST says it nowhere else. */
const originIn = (text: string): string | null => /https?:\/\/[A-Za-z0-9.:[\]-]+/.exec(text)?.[0] ?? null

/** What programs take that speak to a model instead of a tool. */
export function ModelSettings({ keyId }: { readonly keyId: string }) {
  const { data } = useOne<SnippetView>('/clients/curl/snippet', { key: keyId })
  const origin = data ? originIn(data.text) : null
  if (!data || origin === null) return null
  const lines = [
    `OPENAI_BASE_URL=${origin}/v1`,
    `OPENAI_API_KEY=$${data.variable}`,
    `ANTHROPIC_BASE_URL=${origin}/anthropic`,
    `ANTHROPIC_API_KEY=$${data.variable}`,
  ]
  return (
    <Stack gap="xs">
      <Text size="sm" c="dimmed">
        {t('llmAbout')}
      </Text>
      <Snippet text={lines.join('\n')} label={t('llmLabel')} />
    </Stack>
  )
}
