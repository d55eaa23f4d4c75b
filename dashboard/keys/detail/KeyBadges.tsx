import { Group, Tooltip } from '@mantine/core'
import type { KeyStatus, KeyView } from '../../../src/keys/schema.ts'
import { translator } from '../../texts.ts'
import { Status } from '../../ui/Data.tsx'
import { texts } from './texts.data.ts'

const t = translator(texts)

const kinds: Readonly<Record<KeyStatus, 'good' | 'waiting' | 'over' | 'bad'>> = {
  active: 'good',
  inactive: 'waiting',
  expired: 'over',
  revoked: 'bad',
}

/** How a key stands, and what is special about it. */
export const KeyBadges = ({ of: { status, exposedAt, kind, ephemeral, honey } }: { readonly of: KeyView }) => (
  <Group gap={6}>
    <Status kind={kinds[status]}>{t(status)}</Status>
    {exposedAt !== null && <Status kind="bad">{t('exposed')}</Status>}
    {kind === 'url' && <Status kind="plain">{t('kindUrl')}</Status>}
    {ephemeral && <Status kind="plain">{t('ephemeral')}</Status>}
    {honey && (
      <Tooltip label={t('honeyText')}>
        <span>
          <Status kind="plain">{t('honey')}</Status>
        </span>
      </Tooltip>
    )}
  </Group>
)
