import type { GatewayView } from '../../src/fleet/schema.ts'

type Placed = Pick<GatewayView, 'seq'>

/** The last change that any of them has confirmed; null: none has said. */
export const newestOf = (gateways: readonly Placed[]): number | null => {
  const known = gateways.flatMap(({ seq }) => seq ?? [])
  return known.length === 0 ? null : Math.max(...known)
}

export const behindBy = ({ seq }: Placed, newest: number | null): number =>
  seq === null || newest === null ? 0 : newest - seq
