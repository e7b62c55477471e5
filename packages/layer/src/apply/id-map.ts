/**
 * Maps of user and group ids, as user namespaces have them.
 * @module
 */

/** A run of ids: those of the image from `containerId` on become those from `hostId` on. */
export interface IdRange {
  readonly containerId: number;
  readonly hostId: number;
  readonly size: number;
}

/** Where ids of the image go; undefined for all to themselves. */
export interface IdMaps {
  readonly uids?: readonly IdRange[] | undefined;
  readonly gids?: readonly IdRange[] | undefined;
}

// The kernel takes the last one for "as it is".
const MAX_ID = 2 ** 32 - 2;

/** The id on the host, undefined where the map has none. */
export function mapId(id: number, ranges: readonly IdRange[] | undefined): number | undefined {
  if (id < 0 || id > MAX_ID) return undefined;
  if (ranges === undefined) return id;
  const range = ranges.find(({ containerId, size }) => id >= containerId && id < containerId + size);
  return range === undefined ? undefined : range.hostId + (id - range.containerId);
}

/** The id in the image, undefined where the map has none: the inverse of {@link mapId}. */
export function unmapId(id: number, ranges: readonly IdRange[] | undefined): number | undefined {
  const inverse = ranges?.map(({ containerId, hostId, size }) => ({ containerId: hostId, hostId: containerId, size }));
  return mapId(id, inverse);
}
