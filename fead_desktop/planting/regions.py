"""Which points of the face mesh belong to lips, lids, brows and skull; numbers are MediaPipe's."""

from __future__ import annotations

#: Points of the face mesh without the irises; the irises (468 to 477) follow what the lids show.
SKIN_POINTS = 468

FACE_OVAL = (
    10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377,
    152, 148, 176, 149, 150, 136, 172, 58, 132, 93, 234, 127, 162, 21, 54, 103, 67, 109,
)  # fmt: skip

#: Points that hardly move with expression: forehead, temples, bridge of the nose, eye corners.
SKULL = (
    10, 338, 297, 332, 284, 251, 389, 356, 454, 234, 127, 162, 21, 54, 103, 67, 109,
    168, 6, 197, 195, 5, 4, 33, 133, 263, 362, 193, 417, 122, 351,
)  # fmt: skip

RIGHT_EYE_OUTER, LEFT_EYE_OUTER = 33, 263

#: Upper and lower lid from the outer to the inner corner; the first and the last point are the corners.
RIGHT_UPPER_LID = (33, 246, 161, 160, 159, 158, 157, 173, 133)
RIGHT_LOWER_LID = (33, 7, 163, 144, 145, 153, 154, 155, 133)
LEFT_UPPER_LID = (263, 466, 388, 387, 386, 385, 384, 398, 362)
LEFT_LOWER_LID = (263, 249, 390, 373, 374, 380, 381, 382, 362)

#: The rows of skin above the upper lid, nearest first, in the same order without the corners.
RIGHT_LID_FOLDS = ((247, 30, 29, 27, 28, 56, 190), (113, 225, 224, 223, 222, 221, 189))
LEFT_LID_FOLDS = ((467, 260, 259, 257, 258, 286, 414), (342, 445, 444, 443, 442, 441, 413))

RIGHT_BROW = (70, 63, 105, 66, 107, 46, 53, 52, 65, 55)
LEFT_BROW = (300, 293, 334, 296, 336, 276, 283, 282, 295, 285)

#: Lips from the person's right corner to the left one, from the inner row outwards; rows of a lip
#: share their numbering, so that the n-th points of all rows lie above each other.
UPPER_LIP_ROWS = (
    (78, 191, 80, 81, 82, 13, 312, 311, 310, 415, 308),
    (62, 183, 42, 41, 38, 12, 268, 271, 272, 407, 292),
    (76, 184, 74, 73, 72, 11, 302, 303, 304, 408, 306),
    (61, 185, 40, 39, 37, 0, 267, 269, 270, 409, 291),
)
LOWER_LIP_ROWS = (
    (78, 95, 88, 178, 87, 14, 317, 402, 318, 324, 308),
    (62, 96, 89, 179, 86, 15, 316, 403, 319, 325, 292),
    (76, 77, 90, 180, 85, 16, 315, 404, 320, 307, 306),
    (61, 146, 91, 181, 84, 17, 314, 405, 321, 375, 291),
)
RIGHT_LIP_CORNERS = (61, 76, 62, 78)
LEFT_LIP_CORNERS = (291, 306, 292, 308)
