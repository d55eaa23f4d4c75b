import { createRootRoute, createRoute, createRouter, lazyRouteComponent } from '@tanstack/react-router'
import { loads } from './loads.ts'
import { screens } from './screens.data.ts'
import { Failed, Frame, NotFound } from './shell/Frame.tsx'

const root = createRootRoute({ component: Frame, notFoundComponent: NotFound, errorComponent: Failed })

const routes = screens.map(({ id, path }) =>
  createRoute({ getParentRoute: () => root, path, component: lazyRouteComponent(loads[id]) }),
)

/** Filters stand in the address as plain `name=value`, as people write and read them. */
export const createDashboardRouter = () =>
  createRouter({
    routeTree: root.addChildren(routes),
    basepath: '/dashboard',
    parseSearch: (text) => Object.fromEntries(new URLSearchParams(text)),
    stringifySearch: (search: Record<string, string>) => {
      const text = new URLSearchParams(search).toString()
      return text === '' ? '' : `?${text}`
    },
    defaultPreload: 'intent',
    // Another key, app or server is another screen: a dialog that is open over one never goes on over the next.
    defaultRemountDeps: ({ params }) => params,
    defaultErrorComponent: Failed,
  })
