import { Alert, Button, Group, Text } from '@mantine/core'
import { IconLink } from '@tabler/icons-react'
import { translator } from '../../texts.ts'
import { Time } from '../../ui/Data.tsx'
import { texts } from './texts.data.ts'

const t = translator(texts)

type Props = {
  readonly expiresAt: string
  readonly mayWrite: boolean
  readonly onNewLink: () => void
  readonly onWithdraw: () => void
}

/** A link waits for the owner of this key: make another one, or take it back. */
export const ClaimNote = ({ expiresAt, mayWrite, onNewLink, onWithdraw }: Props) => (
  <Alert color="blue" icon={<IconLink size={20} />} title={t('claimTitle')}>
    <Text size="sm" component="div">
      {t('claimText')} <Time at={expiresAt} />
    </Text>
    {mayWrite && (
      <>
        <Text size="sm">{t('claimNewText')}</Text>
        <Group gap="xs" mt="xs">
          <Button size="xs" variant="default" onClick={onNewLink}>
            {t('claimNew')}
          </Button>
          <Button size="xs" variant="default" onClick={onWithdraw}>
            {t('claimWithdraw')}
          </Button>
        </Group>
      </>
    )}
  </Alert>
)
