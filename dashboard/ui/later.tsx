import { type ComponentType, lazy, type ReactNode, Suspense } from 'react'
import { Loading } from './Page.tsx'

/**
 * A dialog, or another part over the page, that comes in a file of its own when it is first drawn; until then nothing stands
 * in its place. `later(() => import('./DeleteKey.tsx').then((m) => m.DeleteKey))`.
 */
export const later = <P extends object>(load: () => Promise<ComponentType<P>>) => fetched(load, null)

/** A part of the page itself, such as a tab: its place is held until it is there. */
export const laterPart = <P extends object>(load: () => Promise<ComponentType<P>>) => fetched(load, <Loading />)

function fetched<P extends object>(load: () => Promise<ComponentType<P>>, wait: ReactNode): (props: P) => ReactNode {
  const Fetched = lazy(() => load().then((component) => ({ default: component })))
  return (props) => (
    <Suspense fallback={wait}>
      <Fetched {...props} />
    </Suspense>
  )
}
