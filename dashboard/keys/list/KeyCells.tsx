import { useClipboard } from '@mantine/hooks'
import type { MouseEvent } from 'react'
import type { KeyStatus, KeyView } from '../../../src/keys/schema.ts'
import { translator } from '../../texts.ts'
import { Count, Data, Id, Status, Time } from '../../ui/Data.tsx'
import { IconButton } from '../../ui/IconButton.tsx'
import { Mark } from '../../ui/Mark.tsx'
import { type KnownServers, serverCount } from './serverCount.ts'
import { texts } from './texts.data.ts'

const t = translator(texts)
type Of = { readonly of: KeyView }

/** A real address, so that it can be opened in another tab; a plain click opens it over the list. */
export function NameCell({ of, href, onOpen }: Of & { readonly href: string; readonly onOpen: () => void }) {
  const open = (event: MouseEvent) => {
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.button !== 0) return
    event.preventDefault()
    onOpen()
  }
  return (
    <div className="key-who">
      <a className="key-name" href={href} onClick={open}>
        <Data>{of.name}</Data>
      </a>
      <Marks of={of} />
    </div>
  )
}

/** What makes it another kind of key, and what somebody should look at. */
function Marks({ of }: Of) {
  const { kind, ephemeral, honey, exposedAt, claim, rotationDueAt } = of
  const marks = [
    ...(exposedAt ? [['exposed', 'red'] as const] : []),
    ...(claim ? [['unclaimed', 'yellow'] as const] : []),
    ...(rotationDueAt && Date.parse(rotationDueAt) <= Date.now() ? [['rotationDue', 'yellow'] as const] : []),
    ...(kind === 'url' ? [['urlKey', 'gray'] as const] : []),
    ...(ephemeral ? [['ephemeral', 'gray'] as const] : []),
    ...(honey ? [['honey', 'gray'] as const] : []),
  ]
  if (marks.length === 0) return null
  return (
    <span className="marks">
      {marks.map(([name, color]) => (
        <Mark key={name} isSmall color={color}>
          {t(name)}
        </Mark>
      ))}
    </span>
  )
}

/** Whoever left keeps the name under which the key was made. */
export const OwnerCell = ({ of: { owner } }: Of) => (
  <div className="key-who">
    <Data>{owner.name}</Data>
    {(owner.removed || owner.type !== 'member') && (
      <div className="dim small">{owner.removed ? t('removed') : t(owner.type === 'team' ? 'team' : 'app')}</div>
    )}
  </div>
)

export function PreviewCell({ of: { id, preview } }: Of) {
  const { copy, copied } = useClipboard({ timeout: 2000 })
  return (
    <span className="key-preview">
      <span className="mono" translate="no">
        {preview}
      </span>
      <IconButton
        label={t('copyId')}
        picture={copied ? 'check' : 'copy'}
        data-hint={t('copyHint')}
        data-copied={copied || undefined}
        onClick={() => copy(id)}
      />
    </span>
  )
}

const kinds = { active: 'good', inactive: 'waiting', expired: 'over', revoked: 'bad' } as const
export const StatusCell = ({ status }: { readonly status: KeyStatus }) => (
  <Status kind={kinds[status]}>{t(status)}</Status>
)

export function ServersCell({ of, known }: Of & { readonly known: KnownServers | null }) {
  const { says, now, named } = serverCount(of, known)
  if (says === 'off' || says === 'none') return <span className="dim">{t(says)}</span>
  if (says === 'all') return <span className="nowrap">{now === null ? t('all') : t('allNow', { n: now })}</span>
  if (says === 'only') return <Count n={now ?? named} />
  return (
    <span className="nowrap">
      {now === null ? t('allBut', { out: named }) : t('allButNow', { out: named, n: now })}
    </span>
  )
}

/** How many; where it may be changed, the number opens the picker (A19). */
export function ProjectsCell({ of, onChange }: Of & { readonly onChange: (() => void) | null }) {
  const n = of.projects.length
  if (!onChange || of.status === 'revoked') return <Count n={n} />
  return (
    <button type="button" className="link" aria-label={t('projectsOf', { n, name: of.name })} onClick={onChange}>
      <Mark color={n === 0 ? 'gray' : 'blue'}>
        <Count n={n} />
      </Mark>
    </button>
  )
}

const dayMs = 86_400_000
/** How long its newest secret has been there, and when it has to be another one (A31). */
export function AgeCell({ of: { secrets, createdAt, rotationDueAt } }: Of) {
  const newest = Math.max(...secrets.map((secret) => Date.parse(secret.createdAt)), Date.parse(createdAt))
  const isDue = rotationDueAt !== null && Date.parse(rotationDueAt) <= Date.now()
  return (
    <div>
      <span className="nowrap">{t('days', { n: Math.floor((Date.now() - newest) / dayMs) })}</span>
      {rotationDueAt && <div className="dim small">{isDue ? t('rotationDue') : <Time at={rotationDueAt} />}</div>}
    </div>
  )
}

export const TagsCell = ({ of: { tags } }: Of) => (
  <span className="marks">
    {tags.map((tag) => (
      <Mark key={tag} isSmall color="gray">
        <Data>{tag}</Data>
      </Mark>
    ))}
  </span>
)

const [tenths, wholes] = [1, 0].map(
  (maximumFractionDigits) => new Intl.NumberFormat(undefined, { maximumFractionDigits }),
)
/** Column sums to 100 over all that whoever looks may see (D14). */
export const ShareCell = ({ share }: { readonly share: number }) => (
  <span className="number" translate="no">
    {(share < 10 ? tenths : wholes)?.format(share)} %
  </span>
)

export const IdCell = ({ of }: Of) => <Id>{of.id}</Id>
export const DescriptionCell = ({ of }: Of) => (
  <div className="key-description">
    <Data>{of.description}</Data>
  </div>
)
