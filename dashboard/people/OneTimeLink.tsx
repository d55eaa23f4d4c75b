import { Alert, Button, Group, Stack, Text } from '@mantine/core'
import { IconLink } from '@tabler/icons-react'
import type { ReactNode } from 'react'
import { translator } from '../texts.ts'
import { AskToLeave } from '../ui/AskToLeave.tsx'
import { CopyTextButton, Time } from '../ui/Data.tsx'
import type { Leaving } from '../ui/useLeaving.ts'
import { texts } from './texts.data.ts'

const t = translator(texts)

type Props = {
  /** What it is and whom it is for. */
  readonly text: ReactNode
  readonly url: string
  readonly label: string
  readonly expiresAt?: string
  readonly leaving: Leaving
}

/** A link that lets somebody in, shown in this one answer: it is kept in no cache, address or notice. */
export function OneTimeLink({ text, url, label, expiresAt, leaving }: Props) {
  return (
    <Stack gap="xs">
      <Alert color="green" icon={<IconLink size={20} />} title={t('linkOnce')}>
        <Text size="sm" c="var(--mantine-color-text)" component="div">
          {text}
        </Text>
        {expiresAt && (
          <Text size="sm" c="var(--mantine-color-text)">
            {t('worksUntil')} <Time at={expiresAt} />
          </Text>
        )}
      </Alert>
      <section aria-label={label} className="one-time-link" translate="no">
        {url}
      </section>
      <Group>
        <CopyTextButton value={url} label={t('copyLink')} onCopied={leaving.copied} />
      </Group>
      <AskToLeave leaving={leaving} />
    </Stack>
  )
}

/** The button says itself that nobody has copied it, so it is not asked about again. */
export function LinkFoot({ leaving: { isAsking, isCopied, leave } }: { readonly leaving: Leaving }) {
  if (isAsking) return null
  return (
    <Group justify="space-between" mt="md">
      <Text size="sm" c="dimmed">
        {isCopied ? '' : t('notCopiedYet')}
      </Text>
      <Button onClick={leave}>{isCopied ? t('done') : t('doneUncopied')}</Button>
    </Group>
  )
}
