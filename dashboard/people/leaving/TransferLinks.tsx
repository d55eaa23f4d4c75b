import { Button, Group, List, Stack, Text } from '@mantine/core'
import { translator } from '../../texts.ts'
import { AskToLeave } from '../../ui/AskToLeave.tsx'
import { CopyButton, CopyTextButton, Data, Id } from '../../ui/Data.tsx'
import { Dialog } from '../../ui/Dialog.tsx'
import { EffectNote } from '../../ui/EffectNote.tsx'
import { useLeaving } from '../../ui/useLeaving.ts'
import { texts } from './texts.data.ts'
import type { Transferred, TransferredKey } from './transfer.ts'

const t = translator(texts)

type Props = { readonly title: string; readonly transfer: Transferred; readonly onClose: () => void }

/** One link for each key, in this answer and in no other: whoever hands on sees no secret. */
export function TransferLinks({ title, transfer, onClose }: Props) {
  const { keys, apps, to, left, effect } = transfer
  const links = keys.flatMap(({ name, claim }) => (claim ? [`${name}: ${claim.url}`] : []))
  const leaving = useLeaving({ isNothing: links.length === 0, onDone: onClose })
  const rest = left.keys + left.apps
  return (
    <Dialog title={title} onClose={leaving.done} isHeld={!leaving.isCopied} size="lg">
      <Stack gap="md">
        <Text>
          {t('wentTo', { keys: t('keys', { n: keys.length }), apps: t('apps', { n: apps.length }), name: to.name })}
        </Text>
        {effect && <EffectNote effect={effect} />}
        {rest > 0 && <Text>{t('left', { n: rest })}</Text>}
        {links.length > 0 && (
          <>
            <Text component="h3" fw={600}>
              {t('linksTitle')}
            </Text>
            <Text size="sm">{t('linksText', { name: to.name })}</Text>
            <List listStyleType="none" spacing="xs">
              {keys.map((key) => (
                <LinkOfKey key={key.id} of={key} />
              ))}
            </List>
          </>
        )}
        <AskToLeave leaving={leaving} />
        <Group justify="space-between">
          {links.length > 0 && (
            <CopyTextButton value={links.join('\n')} label={t('copyAll')} onCopied={leaving.copied} />
          )}
          <Button onClick={leaving.leave} ml="auto">
            {leaving.isCopied ? t('done') : t('doneUncopied')}
          </Button>
        </Group>
      </Stack>
    </Dialog>
  )
}

const LinkOfKey = ({ of: { name, claim } }: { readonly of: TransferredKey }) => (
  <List.Item>
    <Text size="sm" fw={550} component="div">
      <Data>{name}</Data>
    </Text>
    {claim ? (
      <Group gap={4} wrap="nowrap">
        <Id>{claim.url}</Id>
        <CopyButton value={claim.url} label={t('copyLinkOf', { key: name })} />
      </Group>
    ) : (
      <Text size="sm" c="dimmed">
        {t('noLink')}
      </Text>
    )}
  </List.Item>
)
