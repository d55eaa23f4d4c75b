import { Alert, Badge, Group, Stack, Text } from '@mantine/core'
import { translator } from '../texts.ts'
import { Data } from '../ui/Data.tsx'
import type { ProviderLook } from './answers.ts'
import { texts } from './texts.data.ts'

const t = translator(texts)
const verdicts = {
  ready: { color: 'green', text: 'testedReady' },
  refused: { color: 'yellow', text: 'testedRefused' },
  unreachable: { color: 'red', text: 'testedUnreachable' },
} as const

/** How a provider has answered, and which models it does not name. */
export function LookResult({ look }: { readonly look: ProviderLook }) {
  const { state, status, lastError, models, missing } = look
  const { color, text } = verdicts[state]
  return (
    <Alert color={color} title={t(text)} role="status">
      <Stack gap={6}>
        {lastError && <Data>{lastError}</Data>}
        {status !== null && state !== 'ready' && (
          <Text size="sm">
            {t('status')}: <Data>{status}</Data>
          </Text>
        )}
        {models && <Text size="sm">{t('listedModels', { n: models.length })}</Text>}
        {missing.length > 0 && (
          <div>
            <Text size="sm">{t('missingModels')}:</Text>
            <Group gap={6} mt={4}>
              {missing.slice(0, 30).map((name) => (
                <Badge key={name} color="gray" translate="no" maw="100%">
                  {name}
                </Badge>
              ))}
            </Group>
          </div>
        )}
        <Text size="xs">{t('fromControl')}</Text>
      </Stack>
    </Alert>
  )
}
