"use strict";
// Reads what maps/packed.py wrote: typed arrays by column, and rings in world pixels of zoom 0.
var landwatch = {};

(function () {
  var STEPS_PER_DEGREE = 1e6;

  // Numbers go past 32 bits (fen, hundredths of m2): no bit operators here.
  function reader(bytes) {
    var at = 0;
    function next() {
      var value = 0, weight = 1, byte;
      do {
        byte = bytes[at++];
        value += (byte & 127) * weight;
        weight *= 128;
      } while (byte > 127);
      return value;
    }
    return {
      next: next,
      text: function (length) {
        at += length;
        return new TextDecoder().decode(bytes.subarray(at - length, at));
      },
      many: function (count, Kind) {
        var values = new (Kind || Float64Array)(count);
        for (var i = 0; i < count; i++) values[i] = next();
        return values;
      }
    };
  }

  function signed(value) {
    return value % 2 ? -(value + 1) / 2 : value / 2;
  }

  function starts(counts) {
    var out = new Uint32Array(counts.length + 1);
    for (var i = 0; i < counts.length; i++) out[i + 1] = out[i] + counts[i];
    return out;
  }

  function column(entry, values) {
    if (entry.kind === "text") {
      return function (row) { return values[row] ? entry.words[values[row] - 1] : null; };
    }
    return function (row) { return values[row] ? signed(values[row] - 1) / entry.scale : null; };
  }

  // Spherical mercator at zoom 0, 256 pixels around the world, as Leaflet's EPSG:3857 has it.
  function worldX(degrees) { return (degrees + 180) / 360 * 256; }
  function worldY(degrees) {
    var sine = Math.sin(degrees * Math.PI / 180);
    return 128 - Math.log((1 + sine) / (1 - sine)) / (4 * Math.PI) * 256;
  }

  function summed(steps, project) {
    var sum = 0;
    for (var i = 0; i < steps.length; i++) {
      sum += signed(steps[i]);
      steps[i] = project(sum / STEPS_PER_DEGREE);
    }
    return steps;
  }

  function boxes(rows) {
    var box = new Float64Array(rows.count * 4);
    for (var row = 0; row < rows.count; row++) {
      var west = Infinity, north = Infinity, east = -Infinity, south = -Infinity;
      var last = rows.pointStart[rows.ringStart[row + 1]];
      for (var i = rows.pointStart[rows.ringStart[row]]; i < last; i++) {
        west = Math.min(west, rows.x[i]);
        east = Math.max(east, rows.x[i]);
        north = Math.min(north, rows.y[i]);
        south = Math.max(south, rows.y[i]);
      }
      box.set([west, north, east, south], row * 4);
    }
    return box;
  }

  function parse(bytes) {
    var read = reader(bytes);
    var head = JSON.parse(read.text(read.next()));
    var rows = { about: head.about, count: head.rows, columns: {} };
    head.columns.forEach(function (entry) {
      rows.columns[entry.name] = column(entry, read.many(head.rows));
    });
    var partStart = starts(read.many(head.rows));
    var ringsOfPart = starts(read.many(partStart[head.rows]));
    rows.ringStart = partStart.map(function (part) { return ringsOfPart[part]; });
    rows.pointStart = starts(read.many(rows.ringStart[head.rows]));
    var count = rows.pointStart[rows.pointStart.length - 1];
    rows.x = summed(read.many(count), worldX);
    rows.y = summed(read.many(count), worldY);
    rows.box = boxes(rows);
    rows.get = function (name, row) { return rows.columns[name] ? rows.columns[name](row) : null; };
    return rows;
  }

  landwatch.unpack = function (text) {
    var packed = atob(text.trim());
    var bytes = new Uint8Array(packed.length);
    for (var i = 0; i < packed.length; i++) bytes[i] = packed.charCodeAt(i);
    var stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
    return new Response(stream).arrayBuffer().then(function (buffer) {
      return parse(new Uint8Array(buffer));
    });
  };
  // The language of the page: a map is Chinese unless its page says otherwise.
  landwatch.either = function (chinese, english) {
    return document.documentElement.lang === "en" ? english : chinese;
  };
  landwatch.word = function (look) { return landwatch.either(look.zh, look.en); };
  landwatch.called = function (about) { return landwatch.either(about.zh, about.en || about.zh); };
  // An element for a text the page writes in both languages, and shows in its own.
  landwatch.both = function (chinese, english) {
    var said = document.createElement("span");
    [["zh-CN", chinese], ["en", english]].forEach(function (one) {
      var part = said.appendChild(document.createElement("span"));
      part.lang = one[0];
      part.textContent = one[1];
    });
    return said;
  };
  landwatch.worldX = worldX;
  landwatch.worldY = worldY;
})();
