// Lengths and areas on the ellipsoid of CGCS2000. Lengths are geodesics (GeographicLib).
(function () {
  // GB 22021-2008.
  var SEMI_MAJOR_M = 6378137, FLATTENING = 1 / 298.257222101, RADIAN = Math.PI / 180;
  var model = new window.geodesic.Geodesic.Geodesic(SEMI_MAJOR_M, FLATTENING);

  // The area per radian between the equator and a parallel, over the semi-major axis.
  function zoneHeight(latitude) {
    var squared = FLATTENING * (2 - FLATTENING), eccentricity = Math.sqrt(squared);
    var sine = Math.sin(latitude * RADIAN), tilted = eccentricity * sine;
    return 0.5 * SEMI_MAJOR_M * (1 - squared) *
      (sine / (1 - tilted * tilted) + Math.atanh(tilted) / eccentricity);
  }

  function side(a, b, c) { return (b.lng - a.lng) * (c.lat - a.lat) - (b.lat - a.lat) * (c.lng - a.lng); }

  landwatch.ellipsoid = {
    metres: function (from, to) { return model.Inverse(from.lat, from.lng, to.lat, to.lng).s12; },

    // The trapezoid formula of the land survey (TD/T 1055), as gis/geometry/areas.py has it.
    area_m2: function (points) {
      var sum = 0, origin = points[0];
      points.forEach(function (point, i) {
        var next = points[(i + 1) % points.length];
        sum += (point.lng + next.lng - 2 * origin.lng) / 2 * RADIAN * SEMI_MAJOR_M *
          (zoneHeight(next.lat) - zoneHeight(point.lat));
      });
      return Math.abs(sum);
    },

    // True where two sides of the ring cross: then it has no area to speak of.
    isCrossed: function (points) {
      var n = points.length;
      for (var i = 0; i < n; i++) {
        for (var j = i + 2; j < n; j++) {
          if (i === 0 && j === n - 1) continue;
          var a = points[i], b = points[(i + 1) % n], c = points[j], d = points[(j + 1) % n];
          if (side(a, b, c) * side(a, b, d) < 0 && side(c, d, a) * side(c, d, b) < 0) return true;
        }
      }
      return false;
    }
  };
})();
