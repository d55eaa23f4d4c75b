import { Alert, Text } from '@mantine/core'
import { IconCircleCheck, IconHourglass } from '@tabler/icons-react'
import { useEffect, useState } from 'react'
import type { Effect, GatewayView } from '../../src/fleet/schema.ts'
import type { PageOf } from '../api.ts'
import { useMay } from '../session/session.tsx'
import { translator } from '../texts.ts'
import { Data, Time } from './Data.tsx'
import { texts } from './texts.data.ts'
import { useOne } from './useCalls.ts'

const t = translator(texts)

type Props = {
  /** As the change answered it. */
  readonly effect: Effect | null | undefined
  /** What it means on a gateway: calls are refused there, or go by the new state. */
  readonly force?: 'refused' | 'inForce'
}

/**
 * On how many gateways a change is in force (M1). One that has not acknowledged it is counted when its time is up: by
 * then it has applied the change or admits nothing, so the note ends by itself and never says more than is certain.
 */
export function EffectNote({ effect, force = 'inForce' }: Props) {
  if (!effect) return null
  return <Note effect={effect} isRefusal={force === 'refused'} />
}

function Note({ effect, isRefusal }: { readonly effect: Effect; readonly isRefusal: boolean }) {
  const now = useNowAtEnds(effect)
  const nameOf = useGatewayNames()
  const open = effect.pending.filter(({ until }) => Date.parse(until) > now)
  const all = effect.acked.length + effect.pending.length
  const words = { n: all - open.length, all }
  const title = isRefusal ? t('refusedOn', words) : t('inForceOn', words)
  return (
    <Alert
      color={open.length > 0 ? 'yellow' : 'green'}
      icon={open.length > 0 ? <IconHourglass size={20} /> : <IconCircleCheck size={20} />}
      title={all === 0 ? t('noGateway') : title}
      role="status"
    >
      {effect.acked.map(({ gateway, afterMs }) => (
        <Text key={gateway} size="sm">
          <Data>{nameOf(gateway)}</Data>: {t('ackedAfter', { ms: afterMs })}
        </Text>
      ))}
      {open.map(({ gateway, until }) => (
        <Text key={gateway} size="sm">
          <Data>{nameOf(gateway)}</Data>: {t('pendingUntil')} <Time at={until} />
        </Text>
      ))}
    </Alert>
  )
}

/** The time, told anew when the next gateway's is up. */
function useNowAtEnds({ pending }: Effect): number {
  const [now, setNow] = useState(Date.now)
  const next = Math.min(...pending.map(({ until }) => Date.parse(until)).filter((until) => until > now))
  useEffect(() => {
    if (!Number.isFinite(next)) return
    const timer = setTimeout(() => setNow(Date.now()), Math.max(0, next - Date.now()) + 50)
    return () => clearTimeout(timer)
  }, [next])
  return now
}

/** Ids will do for who may not read gateways. */
function useGatewayNames(): (id: string) => string {
  const may = useMay()
  const { data } = useOne<PageOf<GatewayView>>(may('gateways:read') === 'none' ? null : '/gateways', { limit: 200 })
  return (id) => data?.items.find((gateway) => gateway.id === id)?.name ?? id
}
