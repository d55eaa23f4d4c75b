import { Stack, Tabs } from '@mantine/core'
import type { ReactNode } from 'react'
import type { KeyView } from '../../../src/keys/schema.ts'
import { useMay, useSession } from '../../session/session.tsx'
import { translator } from '../../texts.ts'
import { laterPart } from '../../ui/later.tsx'
import { useUrl } from '../../ui/useUrl.ts'
import type { Doing } from './ActionDialog.tsx'
import { actionsOf } from './actions.ts'
import { ClaimNote } from './ClaimNote.tsx'
import { KeyActions } from './KeyActions.tsx'
import { KeyFacts } from './KeyFacts.tsx'
import { ScopeFacts } from './ScopeFacts.tsx'
import { SecretsPart } from './SecretsPart.tsx'
import { StandingPart } from './StandingPart.tsx'
import { texts } from './texts.data.ts'
import type { Refs } from './useKey.ts'

const KeyAccessPart = laterPart(() => import('../access/KeyAccessPart.tsx').then((m) => m.KeyAccessPart))
const ChildrenPart = laterPart(() => import('../children/ChildrenPart.tsx').then((m) => m.ChildrenPart))
const ConnectClient = laterPart(() => import('../reveal/ConnectClient.tsx').then((m) => m.ConnectClient))
const AuditPart = laterPart(() => import('./AuditPart.tsx').then((m) => m.AuditPart))
const RotationPart = laterPart(() => import('./RotationPart.tsx').then((m) => m.RotationPart))
const UsePart = laterPart(() => import('./UsePart.tsx').then((m) => m.UsePart))

const t = translator(texts)

type Props = { readonly of: KeyView; readonly refs: Refs; readonly onDo: (doing: Doing) => void }

/** All that is known of a key and all that can be done with it, in the dialog over the list and on the page alike. */
export function KeyContent({ of: key, refs, onDo }: Props) {
  const { session } = useSession()
  const mayWrite = useMay()('keys:write') !== 'none'
  const actions = actionsOf(key, { memberId: session.member.id, mayWrite })
  return (
    <Stack gap="md">
      <KeyActions of={key} actions={actions} onAction={(what) => onDo({ what })} />
      {key.claim && (
        <ClaimNote
          expiresAt={key.claim.expiresAt}
          mayWrite={mayWrite}
          onNewLink={() => onDo({ what: 'newLink' })}
          onWithdraw={() => onDo({ what: 'withdrawLink' })}
        />
      )}
      <Parts of={key} refs={refs} onDo={onDo} mayWrite={mayWrite} hasTokens={actions.includes('token')} />
    </Stack>
  )
}

type PartsProps = Props & { readonly mayWrite: boolean; readonly hasTokens: boolean }
type Part = { readonly id: string; readonly label: string; readonly content: ReactNode }

/** Which part is open stands in the address; only that one asks for anything. */
function Parts(props: PartsProps) {
  const [{ tab }, set] = useUrl()
  const may = useMay()
  const parts = partsOf(props, may('access:read') !== 'none', may('audit-events:read') !== 'none')
  const open = parts.find(({ id }) => id === tab)?.id ?? 'overview'
  return (
    <Tabs
      value={open}
      onChange={(id) => set({ tab: id === 'overview' ? undefined : (id ?? undefined) })}
      keepMounted={false}
    >
      <Tabs.List aria-label={t('tabs')}>
        {parts.map(({ id, label }) => (
          <Tabs.Tab key={id} value={id}>
            {label}
          </Tabs.Tab>
        ))}
      </Tabs.List>
      {parts.map(({ id, content }) => (
        <Tabs.Panel key={id} value={id} pt="md">
          {content}
        </Tabs.Panel>
      ))}
    </Tabs>
  )
}

function partsOf({ of: key, refs, onDo, mayWrite, hasTokens }: PartsProps, explains: boolean, audits: boolean): Part[] {
  const all: (Part | null)[] = [
    { id: 'overview', label: t('tabOverview'), content: <Overview of={key} refs={refs} /> },
    {
      id: 'access',
      label: t('tabAccess'),
      content: <KeyAccessPart keyId={key.id} mayExplain={explains} />,
    },
    { id: 'use', label: t('tabUse'), content: <UsePart of={key} /> },
    {
      id: 'tokens',
      label: t('tabTokens'),
      content: (
        <ChildrenPart
          of={key}
          mayWrite={mayWrite}
          {...(hasTokens ? { onMake: () => onDo({ what: 'token' }) } : {})}
          onEnd={(child) => onDo({ what: 'endToken', child })}
        />
      ),
    },
    {
      id: 'rotation',
      label: t('tabRotation'),
      content: (
        <RotationPart
          of={key}
          mayWrite={mayWrite}
          onCut={() => onDo({ what: 'cut' })}
          onUndo={() => onDo({ what: 'undo' })}
        />
      ),
    },
    key.mcp.enabled ? { id: 'connect', label: t('tabConnect'), content: <ConnectClient keyView={key} /> } : null,
    audits ? { id: 'audit', label: t('tabAudit'), content: <AuditPart keyId={key.id} /> } : null,
  ]
  return all.filter((part) => part !== null)
}

const Overview = ({ of: key, refs }: Pick<Props, 'of' | 'refs'>) => (
  <div className="key-parts">
    <KeyFacts of={key} />
    <Stack gap="lg">
      <ScopeFacts of={key} refs={refs} />
      <StandingPart of={key} />
      <SecretsPart of={key} />
    </Stack>
  </div>
)
