/** How much of everything a run has. Times in hours, rates as numbers of faults. */
export interface Profile {
  readonly name: string;
  /** How likely this profile is chosen among all. */
  readonly weight: number;
  /** How long contents go on appearing, and things go wrong. */
  readonly hours: readonly [number, number];
  readonly cycleMinutes: readonly [number, number];
  readonly tenants: number;
  readonly contents: readonly [number, number];
  /** Single steps that fail, freezes and kills, for each process. */
  readonly stepFaults: number;
  readonly apiTroubles: number;
  /** Hours. */
  readonly apiTroubleLasts: readonly [number, number];
  readonly destinationTroubles: number;
  readonly destinationTroubleLasts: readonly [number, number];
  readonly storageOutages: number;
  /** Contents that are bad in themselves, and records that are refused. */
  readonly badContents: number;
  /** Messages that are delivered to two processes at once. */
  readonly messagesTwice: number;
  /** Pauses, off-boardings, replays, changes of settings. */
  readonly personActs: number;
}

const calm: Profile = {
  name: 'calm',
  weight: 1,
  hours: [3, 8],
  cycleMinutes: [5, 10],
  tenants: 2,
  contents: [10, 40],
  stepFaults: 0,
  apiTroubles: 0,
  apiTroubleLasts: [0.1, 1],
  destinationTroubles: 0,
  destinationTroubleLasts: [0.1, 1],
  storageOutages: 0,
  badContents: 0,
  messagesTwice: 0,
  personActs: 0,
};

export const profiles: readonly Profile[] = [
  calm,
  {
    ...calm,
    name: 'storm',
    weight: 5,
    stepFaults: 12,
    messagesTwice: 2,
    apiTroubles: 3,
    apiTroubleLasts: [0.02, 1],
    destinationTroubles: 3,
    destinationTroubleLasts: [0.01, 1],
    storageOutages: 1,
    badContents: 2,
    personActs: 1,
  },
  { ...calm, name: 'kills', weight: 3, contents: [6, 15], stepFaults: 30, messagesTwice: 2 },
  { ...calm, name: 'crowd', weight: 1, stepFaults: 4, messagesTwice: 20, destinationTroubles: 2 },
  {
    ...calm,
    name: 'throttled',
    weight: 2,
    stepFaults: 3,
    apiTroubles: 8,
    apiTroubleLasts: [0.1, 6],
    badContents: 1,
  },
  {
    ...calm,
    name: 'down',
    weight: 2,
    hours: [10, 40],
    cycleMinutes: [10, 30],
    stepFaults: 4,
    destinationTroubles: 2,
    destinationTroubleLasts: [0.2, 30],
    badContents: 2,
    personActs: 1,
  },
  {
    ...calm,
    name: 'ten-days',
    weight: 0.15,
    tenants: 1,
    hours: [200, 260],
    cycleMinutes: [60, 60],
    contents: [5, 12],
    stepFaults: 2,
    destinationTroubles: 1,
    destinationTroubleLasts: [170, 240],
  },
  {
    ...calm,
    name: 'persons',
    weight: 2,
    stepFaults: 5,
    apiTroubles: 1,
    destinationTroubles: 1,
    badContents: 3,
    personActs: 5,
  },
];
