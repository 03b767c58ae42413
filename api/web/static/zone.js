// Degrees of CGCS2000 as metres of its 3-degree zones (Gauss-Krueger, the series of Krueger to n^4: right to a tenth of a millimetre).
const A_M = 6378137, N = 1 / (2 * 298.257222101 - 1);
const RADIUS_M = (A_M / (1 + N)) * (1 + N ** 2 / 4 + N ** 4 / 64);
const ALPHA = [
  N / 2 - (2 / 3) * N ** 2 + (5 / 16) * N ** 3 + (41 / 180) * N ** 4,
  (13 / 48) * N ** 2 - (3 / 5) * N ** 3 + (557 / 1440) * N ** 4,
  (61 / 240) * N ** 3 - (103 / 140) * N ** 4,
  (49561 / 161280) * N ** 4,
];
const E = (2 * Math.sqrt(N)) / (1 + N);

/** The zone a longitude lies in, and northing X and easting Y in it, with the zone in front of Y. */
export function zoned(longitude, latitude) {
  const zone = Math.round(longitude / 3);
  const phi = (latitude * Math.PI) / 180, lambda = ((longitude - 3 * zone) * Math.PI) / 180;
  const sine = Math.sin(phi);
  const t = Math.sinh(Math.atanh(sine) - E * Math.atanh(E * sine));
  const xi = Math.atan2(t, Math.cos(lambda)), eta = Math.atanh(Math.sin(lambda) / Math.sqrt(1 + t * t));
  let x = xi, y = eta;
  ALPHA.forEach((alpha, at) => {
    const k = 2 * (at + 1);
    x += alpha * Math.sin(k * xi) * Math.cosh(k * eta);
    y += alpha * Math.cos(k * xi) * Math.sinh(k * eta);
  });
  return { zone, x: RADIUS_M * x, y: zone * 1e6 + 5e5 + RADIUS_M * y };
}

/** Degrees as degrees, minutes and seconds. */
export function sixtieths(degrees) {
  const all = Math.round(Math.abs(degrees) * 3.6e6), seconds = (all % 60000) / 1000;
  return `${Math.floor(all / 3.6e6)}°${String(Math.floor((all % 3.6e6) / 60000)).padStart(2, "0")}′${seconds.toFixed(3).padStart(6, "0")}″`;
}
