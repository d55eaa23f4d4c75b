import { Badge, Group, Text } from '@mantine/core'
import { Fragment } from 'react'
import type { KeyView } from '../../../src/keys/schema.ts'
import { translator } from '../../texts.ts'
import { CopyableId } from '../../ui/CopyableId.tsx'
import { Count, Data, Id, Time } from '../../ui/Data.tsx'
import type { Fact } from '../../ui/Facts.tsx'
import { FactsPart } from './FactsPart.tsx'
import { texts } from './texts.data.ts'

const t = translator(texts)

const ownerTypes = { member: t('ownerMember'), team: t('ownerTeam'), app: t('ownerApp') } as const

/** Whose it is, since when, until when, and how much it is used. */
export const KeyFacts = ({ of: key }: { readonly of: KeyView }) => (
  <FactsPart title={t('facts')} of={[...identity(key), ...times(key), ...said(key)]} />
)

const identity = ({ id, preview, owner }: KeyView): Fact[] => [
  [t('id'), <CopyableId key="id" id={id} label={t('copyId')} />],
  [
    t('preview'),
    <Fragment key="preview">
      <Id>{preview}</Id>
      <Text size="xs" c="dimmed">
        {t('onceHint')}
      </Text>
    </Fragment>,
  ],
  [
    t('owner'),
    <Fragment key="owner">
      <Data>{owner.name}</Data> ({ownerTypes[owner.type]}) {owner.removed && t('removedOwner')}
    </Fragment>,
  ],
]

const times = (key: KeyView): Fact[] => [
  [t('created'), <Time key="created" at={key.createdAt} />],
  [t('expires'), <Time key="expires" at={key.expiresAt} />],
  key.revokedAt === null ? null : [t('revokedAt'), <Time key="revoked" at={key.revokedAt} />],
  key.stateReason === null ? null : [t('reason'), <Data key="reason">{key.stateReason}</Data>],
  key.exposedAt === null ? null : [t('exposedAt'), <Time key="exposed" at={key.exposedAt} />],
  [t('lastUsed'), <Time key="used" at={key.lastUsedAt} />],
  key.seenInBrowserAt === null ? null : [t('seenInBrowser'), <Time key="browser" at={key.seenInBrowserAt} />],
  [t('requests'), <Count key="requests" n={key.requests} />],
  [t('share'), <Data key="share">{(key.share / 100).toLocaleString(undefined, percent)}</Data>],
  key.rotationDueAt === null ? null : [t('rotationDue'), <Time key="due" at={key.rotationDueAt} />],
]
const percent = { style: 'percent', maximumFractionDigits: 1 } as const

const said = ({
  tags,
  description,
  metadata,
  maxStalenessSeconds,
  kind,
  pinNetwork,
  pinnedNetwork,
}: KeyView): Fact[] => [
  [t('freshness'), t('seconds', { n: maxStalenessSeconds })],
  kind === 'url' ? [t('pinned'), pinNetwork ? pinnedValue(pinnedNetwork) : t('notPinned')] : null,
  tags.length === 0 ? null : [t('tags'), <Tags key="tags" of={tags} />],
  description === '' ? null : [t('description'), <Data key="description">{description}</Data>],
  Object.keys(metadata).length === 0
    ? null
    : [
        t('metadata'),
        <pre key="metadata" translate="no">
          {JSON.stringify(metadata, null, 2)}
        </pre>,
      ],
]

const Tags = ({ of }: { readonly of: readonly string[] }) => (
  <Group gap={4}>
    {of.map((tag) => (
      <Badge key={tag} variant="default" translate="no">
        {tag}
      </Badge>
    ))}
  </Group>
)

const pinnedValue = (network: string | null) => (network === null ? t('pinnedFirst') : <Data>{network}</Data>)
