import { Alert, List, Stack, Text } from '@mantine/core'
import type { Snippet as SnippetView } from '../../src/clients/schema.ts'
import { translator } from '../texts.ts'
import { Data, Id, Snippet } from '../ui/Data.tsx'
import { Loading } from '../ui/Page.tsx'
import { ErrorNote } from '../ui/ProblemNote.tsx'
import { useOne } from '../ui/useCalls.ts'
import { texts } from './texts.data.ts'

const t = translator(texts)

type Props = {
  readonly client: string
  /** Null: all servers of the key. */
  readonly server: string | null
  /** Null: any key of the kind that the client can send. */
  readonly keyId: string | null
}

/** What a client takes to reach the gateway. It names a variable; the key itself stands nowhere in it. */
export function ClientSettings({ client, server, keyId }: Props) {
  const path = `/clients/${encodeURIComponent(client)}/snippet` as const
  const { data, error, retry } = useOne<SnippetView>(path, { server, key: keyId })
  if (error) return <ErrorNote error={error} onRetry={() => void retry()} />
  if (!data) return <Loading lines={3} />
  const { title, file, text, complete, steps, notes } = data
  return (
    <Stack gap="sm">
      {file !== null && (
        <Text size="sm">
          {t('putInto')} <Id>{file}</Id>
        </Text>
      )}
      <Snippet text={text} label={t('settingsOf', { name: title })} />
      {!complete && <Alert color="yellow">{t('incomplete')}</Alert>}
      <Said title={t('steps')} lines={steps} type="ordered" />
      <Said title={t('notes')} lines={notes} type="unordered" />
    </Stack>
  )
}

type SaidProps = {
  readonly title: string
  readonly lines: readonly string[]
  readonly type: 'ordered' | 'unordered'
}

/** As the server says it: the same words that the command line prints. */
const Said = ({ title, lines, type }: SaidProps) =>
  lines.length > 0 && (
    <div>
      <Text size="sm" fw={600}>
        {title}
      </Text>
      <List size="sm" type={type}>
        {lines.map((line) => (
          <List.Item key={line}>
            <Data>{line}</Data>
          </List.Item>
        ))}
      </List>
    </div>
  )
