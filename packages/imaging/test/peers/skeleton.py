"""Skeletons of scikit-image, and graphs of skeletons computed another way with NetworkX and SciPy."""
import itertools
import math
import os

import networkx as nx
import numpy as np
from scipy import ndimage
from skimage.data import binary_blobs, data_dir
from skimage.io import imread
from skimage.measure import euler_number
from skimage.morphology import skeletonize, skeletonize_3d


def zhang(arrays, _parameters):
    return [skeletonize(arrays[0] != 0).astype(np.uint8)], None


def lee(arrays, _parameters):
    return [(skeletonize(arrays[0] != 0, method="lee") != 0).astype(np.uint8)], None


def lee_3d(arrays, _parameters):
    return [(skeletonize_3d(arrays[0] != 0) != 0).astype(np.uint8)], None


def text(_arrays, _parameters):
    """A page of text and its skeleton, from scikit-image's own tests."""
    mask = imread(os.path.join(data_dir, "bw_text.png"), as_gray=True) == 0
    return [mask.astype(np.uint8), np.load(os.path.join(data_dir, "bw_text_skeleton.npy")).astype(np.uint8)], None


def fiji(_arrays, _parameters):
    """Blobs and their skeleton by ImageJ's Skeletonize3D, from scikit-image's own tests."""
    mask = binary_blobs(32, 0.05, n_dim=3, seed=1234)[:-2]
    expected = imread(os.path.join(data_dir, "_blobs_3d_fiji_skeleton.tif")) != 0
    return [mask.astype(np.uint8), expected.astype(np.uint8)], None


def holes(mask):
    """Background pieces (touching by sides alone) that do not reach the border."""
    return ndimage.label(~np.pad(mask, 1))[1] - 1


def graph_2d(arrays, _parameters):
    """Pixels touching by sides are linked; diagonal ones where no pixel touches both by sides (Gonzalez and Woods' m-adjacency).

    A square of four pixels encloses nothing: one of its sides counts too much, whichever that is.
    """
    mask = np.pad(arrays[0] != 0, 1)
    links = nx.Graph()
    links.add_nodes_from(map(tuple, np.argwhere(mask)))
    for y, x in np.argwhere(mask):
        for dy, dx in ((0, 1), (1, 0), (1, 1), (1, -1)):
            if not mask[y + dy, x + dx]:
                continue
            if dy and dx and (mask[y, x + dx] or mask[y + dy, x]):
                continue
            links.add_edge((y, x), (y + dy, x + dx), length=math.hypot(dy, dx))
    squares = int((mask[1:, 1:] & mask[:-1, 1:] & mask[1:, :-1] & mask[:-1, :-1]).sum())
    length = sum(data["length"] for _, _, data in links.edges(data=True))
    value = {
        "total_length": length - squares,
        "pieces": ndimage.label(mask, np.ones((3, 3)))[1],
        "cycles": holes(mask),
        "isolated": sum(1 for _, degree in links.degree() if degree == 0),
        "squares": squares,
    }
    if squares == 0:
        value |= nodes_and_branches(links)
    return [], value


def nodes_and_branches(links):
    degree = dict(links.degree())
    crowded = {pixel for pixel in links if degree[pixel] > 2}
    # A corner between two crowded pixels that touch is part of their junction.
    corners = set()
    for pixel in links:
        if degree[pixel] == 2:
            first, second = links[pixel]
            near = max(abs(a - b) for a, b in zip(first, second)) == 1
            if near and first in crowded and second in crowded:
                corners.add(pixel)
    junctions = list(nx.connected_components(links.subgraph(crowded | corners)))
    ends = [pixel for pixel in links if degree[pixel] == 1]
    # Cut all junctions out: what is left are the branches' insides, and links straight between nodes.
    outside = links.copy()
    junction_of = {pixel: index for index, pixels in enumerate(junctions) for pixel in pixels}
    inside = sum(d["length"] for a, b, d in links.edges(data=True) if a in junction_of and junction_of.get(b) == junction_of[a])
    straight = sum(1 for a, b in links.edges() if a in junction_of and b in junction_of and junction_of[a] != junction_of[b])
    outside.remove_nodes_from(junction_of)
    pieces = [piece for piece in nx.connected_components(outside) if len(piece) > 1 or degree[next(iter(piece))] > 0]
    return {
        "junctions": len(junctions),
        "endpoints": len(ends),
        "branches": len(pieces) + straight,
        "inside_length": inside,
    }


def graph_3d(arrays, _parameters):
    """Pieces and tunnels (Betti numbers) of a volume from its Euler number."""
    mask = arrays[0] != 0
    pieces = ndimage.label(mask, np.ones((3, 3, 3)))[1]
    tunnels = pieces + holes(mask) - euler_number(mask, connectivity=3)
    return [], {"pieces": pieces, "cycles": int(tunnels)}


def shortest_paths(arrays, parameters):
    """Lengths of the shortest ways between pairs of voxels of a tree-like skeleton (26 neighbours, spacing z, y, x)."""
    mask = arrays[0] != 0
    spacing = parameters["spacing"]
    links = nx.Graph()
    for place in map(tuple, np.argwhere(mask)):
        for step in itertools.product((-1, 0, 1), repeat=3):
            other = tuple(np.add(place, step))
            if any(step) and all(0 <= c < s for c, s in zip(other, mask.shape)) and mask[other]:
                links.add_edge(place, other, length=math.sqrt(sum((a * b) ** 2 for a, b in zip(step, spacing))))
    pairs = parameters["pairs"]
    return [], [nx.dijkstra_path_length(links, tuple(a), tuple(b), weight="length") for a, b in pairs]


operations = {
    "zhang": zhang,
    "lee": lee,
    "lee_3d": lee_3d,
    "text": text,
    "fiji": fiji,
    "graph_2d": graph_2d,
    "graph_3d": graph_3d,
    "shortest_paths": shortest_paths,
}
