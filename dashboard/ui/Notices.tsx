import { useNotifications } from '@mantine/notifications'
import { useRef } from 'react'
import { laterHelp } from './later.tsx'

const NoticeStack = laterHelp(() => import('./NoticeStack.tsx').then((m) => m.NoticeStack))

/** Where it is said that something was done; fetched when there is something to say. */
export function Notices() {
  const { notifications } = useNotifications()
  const wasSaid = useRef(false)
  wasSaid.current ||= notifications.length > 0
  return wasSaid.current ? <NoticeStack /> : null
}
