import { Alert, Button, Group, List, Text } from '@mantine/core'
import { IconAlertTriangle } from '@tabler/icons-react'
import { type Refusal, Refused } from '../api.ts'
import { translator } from '../texts.ts'
import { CopyButton, Data, Id } from './Data.tsx'
import { texts } from './texts.data.ts'

const t = translator(texts)

type Props = { readonly refusal: Refusal | null; readonly onRetry?: () => void }

/** What was refused or failed, in the words of the one catalogue, with the way out and the id to ask about. */
export function ProblemNote({ refusal, onRetry }: Props) {
  if (refusal === null) return null
  const { code, title, detail, errors = [], requestId, grantedBy } = refusal
  const isGone = code === 'unreachable'
  return (
    <Alert
      color="red"
      icon={<IconAlertTriangle size={20} />}
      title={<Data>{title}</Data>}
      role="alert"
      data-code={code}
    >
      <Text size="sm">
        {isGone ? t('unreachable') : code === 'stale' ? t('stale') : <Data>{detail ?? title}</Data>}
      </Text>
      {errors.length > 0 && (
        <List size="sm" mt={4}>
          {errors.map(({ pointer, detail: about }) => (
            <List.Item key={`${pointer} ${about}`}>
              <Data>{`${pointer} ${about}`}</Data>
            </List.Item>
          ))}
        </List>
      )}
      {grantedBy && grantedBy.length > 0 && <Text size="sm">{t('grantedBy', { roles: grantedBy.join(', ') })}</Text>}
      <Group gap="xs" mt="xs">
        {onRetry && (
          <Button size="xs" variant="default" onClick={onRetry}>
            {t('retry')}
          </Button>
        )}
        {requestId && (
          <Group gap={4}>
            <Text size="xs">{t('requestId')}</Text>
            <Id>{requestId}</Id>
            <CopyButton value={requestId} label={t('copyRequestId')} />
          </Group>
        )}
      </Group>
    </Alert>
  )
}

/** The same for what `useOne` and `useList` caught; what is no refusal is a fault of this page. */
export function ErrorNote({ error, onRetry }: { readonly error: Error | null; readonly onRetry?: () => void }) {
  if (error === null) return null
  const refusal: Refusal =
    error instanceof Refused ? error.refusal : { status: 0, code: 'internal', title: error.message }
  return <ProblemNote refusal={refusal} {...(onRetry ? { onRetry } : {})} />
}
