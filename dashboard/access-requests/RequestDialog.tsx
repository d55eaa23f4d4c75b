import { Button, Group, Stack, Title } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import type { AccessRequestView } from '../../src/access-requests/schema.ts'
import type { Effect } from '../../src/fleet/schema.ts'
import { translator } from '../texts.ts'
import { Data, Id, Time } from '../ui/Data.tsx'
import { Dialog } from '../ui/Dialog.tsx'
import { EffectNote } from '../ui/EffectNote.tsx'
import { Facts } from '../ui/Facts.tsx'
import { LoadingDialog } from '../ui/LoadingDialog.tsx'
import { useOne } from '../ui/useCalls.ts'
import { ApproveRequest } from './ApproveRequest.tsx'
import { CloseRequest } from './CloseRequest.tsx'
import { RefuseRequest } from './RefuseRequest.tsx'
import { RequestState, targetOf, whatOf } from './RequestWords.tsx'
import { texts } from './texts.data.ts'
import { type RequestAction, useDeciding } from './useDeciding.ts'

const t = translator(texts)

type Props = {
  readonly requestId: string
  /** As it stands in the address. */
  readonly action: string | undefined
  readonly onAct: (action: RequestAction | '') => void
  readonly onClose: () => void
}

export function RequestDialog({ requestId, action, onAct, onClose }: Props) {
  const { data, error } = useOne<{ accessRequest: AccessRequestView }>(`/access-requests/${requestId}`)
  const [effect, setEffect] = useState<Effect | undefined>()
  const actionsOf = useDeciding()
  if (!data) return <LoadingDialog title={t('detailsTitle')} error={error} onClose={onClose} />
  const { accessRequest: request } = data
  const actions = actionsOf(request)
  const chosen = actions.find((each) => each === action)
  const props = {
    request,
    onClose: () => onAct(''),
    onDone: (settled: { readonly effect?: Effect }) => {
      setEffect(settled.effect)
      onAct('')
    },
  }
  if (chosen === 'approve') return <ApproveRequest {...props} />
  if (chosen === 'refuse') return <RefuseRequest {...props} />
  if (chosen) return <CloseRequest how={chosen} {...props} />
  return (
    <Dialog title={t('detailsTitle')} size="lg" onClose={onClose}>
      <Stack gap="md">
        <Title order={3} size="h4">
          {whatOf(request)}
        </Title>
        <EffectNote effect={effect} />
        <RequestFacts request={request} />
        <Group justify="flex-end" gap="xs">
          {actions.toReversed().map((each) => (
            <Button
              key={each}
              variant={each === 'approve' ? 'filled' : 'default'}
              {...(each === 'end' ? { color: 'red', variant: 'outline' } : {})}
              onClick={() => onAct(each)}
            >
              {t(each)}
            </Button>
          ))}
        </Group>
      </Stack>
    </Dialog>
  )
}

function RequestFacts({ request }: { readonly request: AccessRequestView }) {
  const { id, state, member, target, reason, createdAt, decidedAt, decidedBy, decisionReason, until, endedAt } = request
  const linked = target.type === 'key' && (
    <Link className="link" to={`/configuration/api-keys/${target.id}`}>
      {targetOf(request)}
    </Link>
  )
  return (
    <Facts
      of={[
        [t('state'), <RequestState key="state" state={state} />],
        [t('target'), linked || targetOf(request)],
        [t('member'), <Data key="member">{member.name}</Data>],
        [t('reasonSaid'), <Data key="reason">{reason}</Data>],
        [t('created'), <Time key="created" at={createdAt} />],
        decidedBy && [t('decidedBy'), <Data key="by">{decidedBy.name}</Data>],
        decidedAt === null ? null : [t('decided'), <Time key="decided" at={decidedAt} />],
        decisionReason === null ? null : [t('decisionReason'), <Data key="why">{decisionReason}</Data>],
        state === 'approved' && request.kind !== 'budget'
          ? [t('until'), <Time key="until" at={until} missing={t('forGood')} />]
          : null,
        endedAt === null ? null : [t('endedAt'), <Time key="ended" at={endedAt} />],
        [t('id'), <Id key="id">{id}</Id>],
      ]}
    />
  )
}
