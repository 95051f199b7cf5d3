import { contentTypes } from '../../shared/activity-api/content-types.ts';
import { type Chance, createChance } from './chance.ts';
import { drawContents } from './draw-contents.ts';
import { drawFaults } from './draw-faults.ts';
import type { Plan } from './plan.ts';
import { type Profile, profiles } from './profiles.ts';

const minute = 60_000;
const hour = 60 * minute;

/** In the middle of a month, and shortly before one ends. */
const starts = ['2026-11-22T10:30:00.500Z', '2026-11-30T18:12:30.000Z', '2026-11-24T00:00:00.100Z'];

/** Everything that chance decides about a run beforehand. @param profileName instead of one by chance */
export function drawPlan(seed: string, profileName?: string): Plan {
  const chance = createChance(seed);
  const profile = profiles.find(({ name }) => name === profileName) ?? drawProfile(chance.stream('profile'));
  const start = Date.parse(chance.pick(starts));
  const spanMs = chance.spread(...profile.hours) * hour;
  const tenants = Array.from({ length: chance.between(1, profile.tenants) }, (_none, index) => ({
    tenantId: `${String(index + 1).repeat(8)}-2222-3333-4444-555555555555`,
    contentTypes: chance.happens(0.7) ? contentTypes.slice(1, 2) : contentTypes.slice(0, 2),
  }));
  const destinations = chance.happens(0.5) ? ['soc'] : ['soc', 'archive'];
  const world = { start, end: start + spanMs, tenants, destinations };
  const contents = drawContents(chance.stream('contents'), world, chance.between(...profile.contents));
  return {
    seed,
    profile: profile.name,
    ...world,
    calmFrom: world.end,
    cycleMs: chance.between(...profile.cycleMinutes) * minute,
    stickiness: chance.pick([0, 0.5, 0.9, 0.98]),
    batchSize: chance.pick([3, 20]),
    contents,
    faults: drawFaults(chance.stream('faults'), profile, { ...world, contents }),
  };
}

function drawProfile(chance: Chance): Profile {
  let rest = chance.fraction() * profiles.reduce((sum, { weight }) => sum + weight, 0);
  return profiles.find(({ weight }) => (rest -= weight) < 0) ?? chance.pick(profiles);
}
